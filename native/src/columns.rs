//! One table of a batch as its columns' bytes, and their protobuf form.
//!
//! Fields are written in the order of their numbers and scalars that are zero are left out, as protobuf's own libraries do it: the bytes
//! must be equal to those of the pure writer. See proto/sextant/market/v1/events.proto.

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const BYTES: u32 = 2;

/// Columns of equal length, but for flat ones that a table may have in between.
pub struct Table {
    first_field: u32,
    columns: Vec<Vec<u8>>,
}

impl Table {
    /// A table whose columns are the fields from `first_field` on.
    pub fn new(first_field: u32, columns: usize) -> Self {
        Self { first_field, columns: vec![Vec::new(); columns] }
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.columns.first().is_none_or(Vec::is_empty)
    }

    /// Add a row: a number for each of the columns from `first` on.
    #[inline]
    pub fn add(&mut self, first: usize, row: &[i64]) {
        for (column, value) in self.columns.iter_mut().skip(first).zip(row) {
            column.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Add numbers to one column.
    #[inline]
    pub fn extend(&mut self, column: usize, values: impl Iterator<Item = i64>) {
        if let Some(column) = self.columns.get_mut(column) {
            for value in values {
                column.extend_from_slice(&value.to_le_bytes());
            }
        }
    }

    /// Bytes of all columns.
    pub fn size(&self) -> usize {
        self.columns.iter().map(Vec::len).fold(0, usize::saturating_add)
    }

    /// Forget the rows and keep the memory.
    pub fn clear(&mut self) {
        self.columns.iter_mut().for_each(Vec::clear);
    }

    /// Append the table as field `number` of a batch; `exponents` are its fields 1 and 2, so many as it has.
    pub fn write(&self, into: &mut Vec<u8>, number: u32, exponents: &[i32]) {
        if self.is_empty() {
            return;
        }
        let mut head = Vec::with_capacity(16);
        for (field, exponent) in (1..).zip(exponents) {
            varint_field(&mut head, field, zigzag(*exponent));
        }
        let columns = || (self.first_field..).zip(&self.columns).filter(|(_, column)| !column.is_empty());
        let body: usize = columns().map(|(field, column)| bytes_size(field, column.len())).sum();
        tag(into, number, BYTES);
        varint(into, size(body.saturating_add(head.len())));
        into.extend_from_slice(&head);
        for (field, column) in columns() {
            bytes_field(into, field, column);
        }
    }
}

/// Append a length-delimited field.
pub fn bytes_field(into: &mut Vec<u8>, field: u32, value: &[u8]) {
    if !value.is_empty() {
        tag(into, field, BYTES);
        varint(into, size(value.len()));
        into.extend_from_slice(value);
    }
}

/// Append an unsigned field.
pub fn varint_field(into: &mut Vec<u8>, field: u32, value: u64) {
    if value != 0 {
        tag(into, field, VARINT);
        varint(into, value);
    }
}

/// Append a field of eight bytes.
pub fn fixed_field(into: &mut Vec<u8>, field: u32, value: i64) {
    if value != 0 {
        tag(into, field, FIXED64);
        into.extend_from_slice(&value.to_le_bytes());
    }
}

fn tag(into: &mut Vec<u8>, field: u32, kind: u32) {
    varint(into, u64::from(field << 3 | kind));
}

fn varint(into: &mut Vec<u8>, value: u64) {
    let mut left = value;
    while left > 0x7f {
        into.push(low_bits(left) | 0x80);
        left >>= 7;
    }
    into.push(low_bits(left));
}

fn low_bits(value: u64) -> u8 {
    let [lowest, ..] = value.to_le_bytes();
    lowest & 0x7f
}

fn bytes_size(field: u32, length: usize) -> usize {
    let head = varint_size(u64::from(field << 3)).saturating_add(varint_size(size(length)));
    head.saturating_add(length)
}

fn varint_size(value: u64) -> usize {
    let mut scratch = Vec::with_capacity(10);
    varint(&mut scratch, value);
    scratch.len()
}

/// A length as it stands on the wire.
fn size(length: usize) -> u64 {
    length as u64
}

fn zigzag(value: i32) -> u64 {
    u64::from((value << 1 ^ value >> 31).cast_unsigned())
}

#[cfg(test)]
mod tests {
    use super::{varint, zigzag};

    #[test]
    fn varints_and_zigzag_are_those_of_protobuf() {
        let mut bytes = Vec::new();
        varint(&mut bytes, 300);
        assert_eq!(bytes, [0xac, 0x02]);
        assert_eq!((zigzag(0), zigzag(-1), zigzag(1), zigzag(-2)), (0, 1, 2, 3));
    }
}
