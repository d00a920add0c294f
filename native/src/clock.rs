//! What the venue's clock estimate already holds, shared by all connections of a venue.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use pyo3::prelude::*;

/// A copy of the bounds of `sextant.venues.clock_offset.ClockOffset`, which sets it after each change.
#[pyclass(module = "sextant_native", frozen)]
#[derive(Default)]
pub struct ClockBounds {
    low_ns: AtomicI64,
    high_ns: AtomicI64,
    until_ns: AtomicI64,
    offset_ns: AtomicI64,
}

impl ClockBounds {
    /// Return the event time of a frame, and whether the estimate has to see it; None where no int64 can say it.
    pub fn event_time(&self, exchange_ns: i64, receive_ns: i64) -> Option<(i64, bool)> {
        if exchange_ns == 0 {
            let event_ns = receive_ns.checked_add(self.offset_ns.load(Relaxed))?;
            return Some((event_ns, false));
        }
        let delta = exchange_ns.checked_sub(receive_ns)?;
        let is_inside = self.low_ns.load(Relaxed) <= delta && delta <= self.high_ns.load(Relaxed);
        Some((exchange_ns, receive_ns >= self.until_ns.load(Relaxed) || !is_inside))
    }
}

#[pymethods]
impl ClockBounds {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    fn set(&self, low_ns: i64, high_ns: i64, until_ns: i64, offset_ns: i64) {
        self.low_ns.store(low_ns, Relaxed);
        self.high_ns.store(high_ns, Relaxed);
        self.until_ns.store(until_ns, Relaxed);
        self.offset_ns.store(offset_ns, Relaxed);
    }
}
