//! Frames as they came, kept until the journal takes them: `sextant/venues/frame_journal.py`.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// A piece ends before it reaches a broker's limit of 1 MB; of a larger frame Python keeps the beginning. As in `links.py`.
const MAX_PIECE: usize = 512 * 1024;
const MAX_FRAME: usize = 256 * 1024;

/// The frames of one connection that have not been taken, one after the other.
#[pyclass(module = "sextant_native")]
#[derive(Default)]
pub struct FrameJournal {
    bytes: Vec<u8>,
    lengths: Vec<u32>,
    stamps: Vec<i64>,
}

impl FrameJournal {
    /// Whether a frame may be kept as it is in this piece.
    pub fn takes(&self, raw: &[u8]) -> bool {
        raw.len() <= MAX_FRAME && self.bytes.len().saturating_add(raw.len()) <= MAX_PIECE
    }

    /// Keep a frame that came at `receive_ns`.
    pub fn keep(&mut self, raw: &[u8], receive_ns: i64) {
        self.bytes.extend_from_slice(raw);
        self.lengths.push(u32::try_from(raw.len()).unwrap_or(u32::MAX));
        self.stamps.push(receive_ns);
    }
}

#[pymethods]
impl FrameJournal {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    #[getter]
    fn count(&self) -> usize {
        self.lengths.len()
    }

    #[getter]
    fn size(&self) -> usize {
        self.bytes.len()
    }

    fn add(&mut self, raw: &[u8], receive_ns: i64) {
        self.keep(raw, receive_ns);
    }

    fn take<'py>(&mut self, py: Python<'py>) -> (Bound<'py, PyBytes>, Vec<u32>, Vec<i64>) {
        let bytes = PyBytes::new(py, &self.bytes);
        self.bytes.clear();
        (bytes, std::mem::take(&mut self.lengths), std::mem::take(&mut self.stamps))
    }
}
