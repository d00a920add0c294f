//! The fast path of Sextant's market data: frames of the usual form to columns, order books kept.
//!
//! Python is the reference (`sextant/venues`, `sextant/contracts`): whatever is not in the usual form is left to it, and the bytes of
//! batches are equal on both ways, which `tests/unit/venues/native` proves. See docs/adr for why there are two.

mod book;
mod clock;
mod columns;
mod journal;
mod messages;
mod number;
mod scan;
mod scanner;
mod socket;
mod writer;

use pyo3::prelude::*;

/// The Python module.
#[pymodule]
mod sextant_native {
    use pyo3::prelude::*;

    use crate::scanner::{CLOCK, FULL, LEFT, TAKEN, UNKNOWN};

    #[pymodule_export]
    use crate::book::{Book, BookSide};
    #[pymodule_export]
    use crate::clock::ClockBounds;
    #[pymodule_export]
    use crate::journal::FrameJournal;
    #[pymodule_export]
    use crate::scanner::Scanner;
    #[pymodule_export]
    use crate::socket::cut_texts;
    #[pymodule_export]
    use crate::writer::BatchWriter;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        for (name, code) in
            [("UNKNOWN", UNKNOWN), ("LEFT", LEFT), ("TAKEN", TAKEN), ("CLOCK", CLOCK), ("FULL", FULL)]
        {
            module.add(name, code)?;
        }
        Ok(())
    }
}
