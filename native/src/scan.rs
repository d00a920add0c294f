//! Reading JSON in the one way in which venues write it: no space, no escape, scalars where scalars are expected.
//!
//! Whatever looks different is None, and the caller leaves the frame to the slow way; nothing here guesses.

use crate::number;

/// Milliseconds whose nanoseconds fit a column.
const MOST_MILLIS: i64 = 9_000_000_000_000;

/// What is left to read of a frame.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    /// Begin at the start of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text }
    }

    /// Whether everything was read.
    pub fn is_at_end(self) -> bool {
        self.rest.is_empty()
    }

    /// Read exactly these bytes.
    #[inline]
    pub fn literal(&mut self, expected: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(expected)?;
        Some(())
    }

    /// Read one byte.
    #[inline]
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// Read a quoted text of ASCII letters, digits and underscores; it cannot hold an escape.
    #[inline]
    pub fn word(&mut self) -> Option<&'a [u8]> {
        self.literal(b"\"")?;
        let length = self.rest.iter().position(|byte| !is_word(*byte))?;
        let (word, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest.strip_prefix(b"\"")?;
        Some(word)
    }

    /// Read a number of JSON that is an integer of zero or more.
    #[inline]
    pub fn integer(&mut self) -> Option<i64> {
        let (value, rest) = number::integer(self.rest)?;
        self.rest = rest;
        Some(value)
    }

    /// Read milliseconds whose nanoseconds fit a column; returns the nanoseconds.
    #[inline]
    pub fn millis(&mut self) -> Option<i64> {
        let value = self.integer()?;
        (value <= MOST_MILLIS).then(|| value.checked_mul(1_000_000))?
    }

    /// Read a quoted decimal number that is exact at `places` digits after the point.
    #[inline]
    pub fn decimal(&mut self, places: usize) -> Option<i64> {
        self.literal(b"\"")?;
        let (value, rest) = number::decimal(self.rest, places)?;
        self.rest = rest.strip_prefix(b"\"")?;
        Some(value)
    }

    /// Read true or false.
    pub fn boolean(&mut self) -> Option<bool> {
        if self.literal(b"true").is_some() {
            return Some(true);
        }
        self.literal(b"false").map(|()| false)
    }

    /// Read over the value of a key that nobody reads: a word, an integer or a boolean.
    fn skip(&mut self) -> Option<()> {
        match self.rest.first()? {
            b'"' => self.word().map(|_| ()),
            b'0'..=b'9' => self.integer().map(|_| ()),
            _ => self.boolean().map(|_| ()),
        }
    }

    /// Read an object. `field` reads the value of a key that it knows and answers `Some(true)`, `Some(false)` for one it does not.
    #[inline]
    pub fn object(&mut self, mut field: impl FnMut(&[u8], &mut Self) -> Option<bool>) -> Option<()> {
        self.literal(b"{")?;
        loop {
            let key = self.word()?;
            self.literal(b":")?;
            if !field(key, self)? {
                self.skip()?;
            }
            match self.byte()? {
                b',' => {}
                b'}' => return Some(()),
                _ => return None,
            }
        }
    }
}

#[inline]
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Which keys came: a key that comes twice leaves the frame to the slow way.
#[derive(Default)]
pub struct Seen(u16);

impl Seen {
    /// Note a key by its bit.
    #[inline]
    pub fn once(&mut self, bit: u16) -> Option<()> {
        if self.0 & bit != 0 {
            return None;
        }
        self.0 |= bit;
        Some(())
    }

    /// Whether all of these came.
    #[inline]
    pub fn has(&self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    #[test]
    fn words_hold_no_escape_and_no_other_script() {
        assert_eq!(Cursor::new(b"\"BTCUSD_PERP\"").word(), Some(&b"BTCUSD_PERP"[..]));
        for text in [&b"\"a\\u0062\""[..], b"\"\xc3\xa9\"", b"\"open", b"bare\""] {
            assert_eq!(Cursor::new(text).word(), None);
        }
    }

    #[test]
    fn milliseconds_stop_where_nanoseconds_would_not_fit() {
        assert_eq!(Cursor::new(b"9000000000000,").millis(), Some(9_000_000_000_000_000_000));
        assert_eq!(Cursor::new(b"9000000000001,").millis(), None);
    }

    #[test]
    fn an_object_ends_where_it_ends() {
        let mut known = 0;
        let mut cursor = Cursor::new(b"{\"a\":1,\"b\":true,\"c\":\"x\"}}");
        let read = cursor.object(|key, cursor| {
            if key == b"a" {
                known = cursor.integer()?;
            }
            Some(key == b"a")
        });
        assert_eq!((read, known, cursor.literal(b"}"), cursor.is_at_end()), (Some(()), 1, Some(()), true));
        for text in [&b"{}"[..], b"{\"a\":1,}", b"{\"a\":null}", b"{\"a\":[1]}", b"{\"a\":1"] {
            assert_eq!(Cursor::new(text).object(|_, _| Some(false)), None);
        }
    }
}
