//! Whole text frames off the front of what a socket gave (RFC 6455, section 5.2): `sextant/venues/text_frames.py`.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

/// The first byte of a whole text frame.
const FINAL_TEXT: u8 = 0x81;
/// Markers of lengths of 16 and 64 bits; beyond them is the mask bit, which no server sets.
const LENGTH_16: u8 = 126;
const LENGTH_64: u8 = 127;

/// Append the messages of the whole, unmasked text frames from `at` on, and return where the first other byte is.
#[pyfunction]
pub fn cut_texts(
    data: &Bound<'_, PyBytes>,
    at: usize,
    messages: &Bound<'_, PyList>,
    most: usize,
) -> PyResult<usize> {
    let whole = data.as_bytes();
    let mut at = at;
    while let Some((payload, end)) = whole.get(at..).and_then(|rest| text(rest, most)) {
        messages.append(PyBytes::new(data.py(), payload))?;
        at = at.saturating_add(end);
    }
    Ok(at)
}

/// Return the payload of the frame at the front, if it is whole and of the usual form, and where it ends.
fn text(rest: &[u8], most: usize) -> Option<(&[u8], usize)> {
    let (&[first, head], rest) = rest.split_first_chunk::<2>()?;
    if first != FINAL_TEXT {
        return None;
    }
    let (length, start) = match head {
        LENGTH_16 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 2),
        LENGTH_64 => (usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?, 8),
        short if short < LENGTH_16 => (usize::from(short), 0),
        _ => return None,
    };
    let end = length.checked_add(start)?;
    let payload = rest.get(start..end)?;
    (length <= most).then_some((payload, end.checked_add(2)?))
}
