//! The order book of `sextant/venues/book.py`: absolute quantities by price, best prices at hand.

use std::collections::BTreeMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Price and absolute quantity as scaled integers.
#[derive(Clone, Copy, Default)]
pub struct Level {
    pub price: i64,
    pub quantity: i64,
}

/// Removed levels are thrown out when they are more than this and more than those that are left.
const MOST_REMOVED: usize = 64;

/// One side. `sign` is 1 for bids and -1 for asks; keys are `sign * price`, so that the best is last.
///
/// Sorted arrays rather than a ladder of ticks: changes lie near the end, where an insertion moves little memory. A removed level keeps
/// its place with quantity 0, because markets set most prices again soon; the last place is never a removed one.
#[pyclass(module = "sextant_native")]
pub struct BookSide {
    sign: i64,
    keys: Vec<i64>,
    quantities: Vec<i64>,
    removed: usize,
}

impl BookSide {
    fn key(&self, price: i64) -> i64 {
        price.wrapping_mul(self.sign)
    }

    /// Set one level; 0 removes it, and removing an unknown level is normal.
    pub fn set(&mut self, level: Level) {
        let key = self.key(level.price);
        match self.keys.binary_search(&key) {
            Ok(at) => self.change(at, level.quantity),
            Err(_) if level.quantity == 0 => {}
            Err(at) => {
                self.keys.insert(at, key);
                self.quantities.insert(at, level.quantity);
            }
        }
    }

    fn change(&mut self, at: usize, quantity: i64) {
        let Some(held) = self.quantities.get_mut(at) else {
            return;
        };
        let was_removed = std::mem::replace(held, quantity) == 0;
        match (was_removed, quantity == 0) {
            (false, true) => {
                self.removed = self.removed.saturating_add(1);
                self.tidy();
            }
            (true, false) => self.removed = self.removed.saturating_sub(1),
            _ => {}
        }
    }

    /// Keep the last place for the best level, and the removed ones fewer than the others.
    fn tidy(&mut self) {
        while self.quantities.last() == Some(&0) {
            self.quantities.pop();
            self.keys.pop();
            self.removed = self.removed.saturating_sub(1);
        }
        if self.removed > MOST_REMOVED && self.removed > self.keys.len() / 2 {
            let mut quantities = self.quantities.iter();
            self.keys.retain(|_| quantities.next() != Some(&0));
            self.quantities.retain(|quantity| *quantity != 0);
            self.removed = 0;
        }
    }

    /// The best level; zeros when the side is empty.
    pub fn top(&self) -> Level {
        match (self.keys.last(), self.quantities.last()) {
            (Some(key), Some(quantity)) => Level { price: self.key(*key), quantity: *quantity },
            _ => Level::default(),
        }
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.quantities.clear();
        self.removed = 0;
    }
}

#[pymethods]
impl BookSide {
    #[new]
    fn new(sign: i64) -> PyResult<Self> {
        if sign != 1 && sign != -1 {
            return Err(PyValueError::new_err(format!("sign: expected 1 or -1, was {sign}")));
        }
        Ok(Self { sign, keys: Vec::new(), quantities: Vec::new(), removed: 0 })
    }

    fn replace(&mut self, prices: Vec<i64>, quantities: Vec<i64>) -> PyResult<()> {
        let levels: BTreeMap<i64, i64> = pairs(prices, quantities)?
            .filter(|level| level.quantity != 0)
            .map(|level| (self.key(level.price), level.quantity))
            .collect();
        (self.keys, self.quantities) = levels.into_iter().unzip();
        self.removed = 0;
        Ok(())
    }

    fn apply(&mut self, prices: Vec<i64>, quantities: Vec<i64>) -> PyResult<()> {
        for level in pairs(prices, quantities)? {
            self.set(level);
        }
        Ok(())
    }

    fn best(&self) -> (i64, i64) {
        let top = self.top();
        (top.price, top.quantity)
    }

    fn levels(&self) -> (Vec<i64>, Vec<i64>) {
        let held = self.keys.iter().zip(&self.quantities).rev().filter(|(_, quantity)| **quantity != 0);
        held.map(|(key, quantity)| (self.key(*key), *quantity)).unzip()
    }
}

fn pairs(prices: Vec<i64>, quantities: Vec<i64>) -> PyResult<impl Iterator<Item = Level>> {
    if prices.len() != quantities.len() {
        return Err(PyValueError::new_err("prices and quantities: expected as many of both"));
    }
    let both = prices.into_iter().zip(quantities);
    Ok(both.map(|(price, quantity)| Level { price, quantity }))
}

/// Bids and asks of one instrument, and where in the venue's changes they stand.
#[pyclass(module = "sextant_native")]
pub struct Book {
    #[pyo3(get)]
    bids: Py<BookSide>,
    #[pyo3(get)]
    asks: Py<BookSide>,
    #[pyo3(get, set)]
    last_id: i64,
    #[pyo3(get, set)]
    is_whole: bool,
    #[pyo3(get, set)]
    is_bridged: bool,
}

impl Book {
    /// Whether a change follows, as `BookSync.apply` decides it for a book that is whole.
    fn is_followed_by(&self, first_after: i64, last: i64, is_chained: bool) -> bool {
        if !self.is_whole {
            return false;
        }
        let reaches = first_after <= self.last_id && self.last_id < last;
        if self.is_bridged {
            return first_after == self.last_id || (!is_chained && reaches);
        }
        reaches
    }

    /// Apply a change and return the best bid and ask after it; None where it does not follow or the book would be crossed.
    ///
    /// In the second case the levels are in the book already. That is no harm: the slow way, which decides then, sets the same absolute
    /// quantities again before it finds the same.
    pub fn advance(
        &mut self,
        py: Python,
        ids: (i64, i64),
        is_chained: bool,
        bids: &[Level],
        asks: &[Level],
    ) -> PyResult<Option<(Level, Level)>> {
        let (previous, last) = ids;
        if !self.is_followed_by(previous, last, is_chained) {
            return Ok(None);
        }
        let best_bid = apply(&mut *self.bids.try_borrow_mut(py)?, bids);
        let best_ask = apply(&mut *self.asks.try_borrow_mut(py)?, asks);
        if is_crossed(best_bid, best_ask) {
            return Ok(None);
        }
        self.is_bridged = true;
        self.last_id = last;
        Ok(Some((best_bid, best_ask)))
    }
}

#[pymethods]
impl Book {
    #[new]
    fn new(py: Python) -> PyResult<Self> {
        Ok(Self {
            bids: Py::new(py, BookSide::new(1)?)?,
            asks: Py::new(py, BookSide::new(-1)?)?,
            last_id: 0,
            is_whole: false,
            is_bridged: false,
        })
    }

    fn clear(&mut self, py: Python) -> PyResult<()> {
        self.bids.try_borrow_mut(py)?.clear();
        self.asks.try_borrow_mut(py)?.clear();
        self.is_whole = false;
        self.is_bridged = false;
        Ok(())
    }

    #[getter]
    fn is_crossed(&self, py: Python) -> PyResult<bool> {
        Ok(is_crossed(self.bids.try_borrow(py)?.top(), self.asks.try_borrow(py)?.top()))
    }
}

fn apply(side: &mut BookSide, levels: &[Level]) -> Level {
    for level in levels {
        side.set(*level);
    }
    side.top()
}

fn is_crossed(bid: Level, ask: Level) -> bool {
    bid.quantity != 0 && ask.quantity != 0 && bid.price >= ask.price
}
