//! What the venue's clock estimate already holds, shared by all connections of a venue.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use pyo3::prelude::*;

/// A copy of the bounds of `sextant.venues.clock_offset.ClockOffset`, which sets it after each change.
#[pyclass(module = "sextant_native", frozen)]
#[derive(Default)]
pub struct ClockBounds {
    lead_ns: i64,
    low_ns: AtomicI64,
    high_ns: AtomicI64,
    until_ns: AtomicI64,
    offset_ns: AtomicI64,
}

impl ClockBounds {
    /// Whether a stamp of the venue is further ahead of when it came than its clock may be.
    pub fn is_ahead(&self, stamp_ns: i64, receive_ns: i64) -> bool {
        stamp_ns.saturating_sub(receive_ns) > self.lead_ns
    }

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
    fn new(lead_ns: i64) -> Self {
        Self { lead_ns, ..Self::default() }
    }

    fn set(&self, low_ns: i64, high_ns: i64, until_ns: i64, offset_ns: i64) {
        self.low_ns.store(low_ns, Relaxed);
        self.high_ns.store(high_ns, Relaxed);
        self.until_ns.store(until_ns, Relaxed);
        self.offset_ns.store(offset_ns, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::ClockBounds;

    #[test]
    fn a_stamp_may_be_as_far_ahead_as_the_bound_and_no_further() {
        let bounds = ClockBounds::new(60);
        for (stamp_ns, receive_ns, is_ahead) in
            [(0, 0, false), (160, 100, false), (161, 100, true), (i64::MAX, -1, true), (i64::MIN, 1, false)]
        {
            assert_eq!(bounds.is_ahead(stamp_ns, receive_ns), is_ahead);
        }
    }
}
