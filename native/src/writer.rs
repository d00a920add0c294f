//! The batch writer of `sextant/contracts/batches.py`, rows kept as the bytes of their columns.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::book::Level;
use crate::columns::{bytes_field, fixed_field, varint_field, Table};

/// Rows and levels after which a batch is closed; those of the pure writer.
const MAX_ROWS: i64 = 4_096;
const MAX_LEVELS: usize = 16_384;
const BID: i64 = 1;
const ASK: i64 = 2;
/// Places of the level columns inside the depth table.
const LEVELS: usize = 7;
const BESTS: usize = 10;

/// Exponents of prices, quantities and values.
pub type Exponents = (i32, i32, i32);

/// `sextant.contracts.batches.Levels`.
#[derive(FromPyObject)]
pub struct Levels {
    sides: Vec<i64>,
    prices: Vec<i64>,
    quantities: Vec<i64>,
}

/// `sextant.contracts.batches.Best`.
#[derive(FromPyObject)]
pub struct Best {
    bid_price: i64,
    bid_quantity: i64,
    ask_price: i64,
    ask_quantity: i64,
}

/// Collects what one instrument said on one connection; see the pure writer for the contract of each method.
#[pyclass(module = "sextant_native")]
pub struct BatchWriter {
    #[pyo3(get)]
    venue: String,
    #[pyo3(get)]
    instrument: String,
    #[pyo3(get)]
    connection: String,
    #[pyo3(get)]
    scale: Py<PyAny>,
    usual: Py<PyAny>,
    usual_exponents: Exponents,
    exponents: Exponents,
    #[pyo3(get)]
    rows: i64,
    #[pyo3(get)]
    levels: usize,
    #[pyo3(get)]
    first_frame: i64,
    #[pyo3(get)]
    last_frame: i64,
    #[pyo3(get)]
    receive_ns: i64,
    #[pyo3(get)]
    event_ns: i64,
    #[pyo3(get)]
    events: u64,
    #[pyo3(get, set)]
    heard_ns: i64,
    trades: Table,
    quotes: Table,
    depths: Table,
    candles: Table,
    values: Table,
    statuses: Table,
    liquidations: Table,
}

impl BatchWriter {
    /// The places of prices and quantities after the point, where rows at the instrument's usual scale may be added without a new batch.
    pub fn usual_places(&self) -> Option<(usize, usize)> {
        let (price, quantity, _) = self.usual_exponents;
        if self.exponents != self.usual_exponents {
            return None;
        }
        Some((places(price)?, places(quantity)?))
    }

    /// Add a depth row of a change, bids first.
    pub fn add_change(
        &mut self,
        stamps: (i64, i64),
        ids: (i64, i64),
        bids: &[Level],
        asks: &[Level],
        best: (Level, Level),
    ) {
        let count = bids.len().saturating_add(asks.len());
        let (bid, ask) = best;
        self.depths.add(0, &[self.rows, stamps.0, stamps.1, ids.0, ids.1, 0, as_column(count)]);
        self.depths.extend(LEVELS, bids.iter().map(|_| BID).chain(asks.iter().map(|_| ASK)));
        self.depths.extend(LEVELS + 1, bids.iter().chain(asks).map(|level| level.price));
        self.depths.extend(LEVELS + 2, bids.iter().chain(asks).map(|level| level.quantity));
        self.depths.add(BESTS, &[bid.price, bid.quantity, ask.price, ask.quantity]);
        self.levels = self.levels.saturating_add(count);
        self.next_row();
    }

    fn next_row(&mut self) {
        self.rows = self.rows.saturating_add(1);
    }

    fn tables(&self) -> [&Table; 7] {
        let (trades, quotes, depths) = (&self.trades, &self.quotes, &self.depths);
        [trades, quotes, depths, &self.candles, &self.values, &self.statuses, &self.liquidations]
    }

    fn encoded(&self, epoch: u64, sequence: u64) -> Vec<u8> {
        let (price, quantity, value) = self.exponents;
        let amounts = [price, quantity];
        // Columns, and room for all heads and names.
        let columns = self.tables().into_iter().map(Table::size).fold(512, usize::saturating_add);
        let mut bytes = Vec::with_capacity(columns);
        bytes_field(&mut bytes, 1, self.venue.as_bytes());
        bytes_field(&mut bytes, 2, self.instrument.as_bytes());
        bytes_field(&mut bytes, 3, self.connection.as_bytes());
        varint_field(&mut bytes, 4, epoch);
        varint_field(&mut bytes, 5, sequence);
        varint_field(&mut bytes, 6, self.first_frame.max(0).cast_unsigned());
        varint_field(&mut bytes, 7, self.last_frame.max(0).cast_unsigned());
        fixed_field(&mut bytes, 8, self.receive_ns);
        fixed_field(&mut bytes, 9, self.event_ns);
        self.trades.write(&mut bytes, 10, &amounts);
        self.quotes.write(&mut bytes, 11, &amounts);
        self.depths.write(&mut bytes, 12, &amounts);
        self.candles.write(&mut bytes, 13, &amounts);
        self.values.write(&mut bytes, 14, &[value]);
        self.statuses.write(&mut bytes, 15, &[]);
        self.liquidations.write(&mut bytes, 16, &amounts);
        bytes
    }

    fn clear(&mut self) {
        self.rows = 0;
        self.levels = 0;
        (self.first_frame, self.last_frame) = (-1, -1);
        (self.receive_ns, self.event_ns) = (0, 0);
        let tables = [
            &mut self.trades,
            &mut self.quotes,
            &mut self.depths,
            &mut self.candles,
            &mut self.values,
            &mut self.statuses,
            &mut self.liquidations,
        ];
        tables.into_iter().for_each(Table::clear);
    }
}

#[pymethods]
impl BatchWriter {
    #[new]
    fn new(
        py: Python,
        venue: String,
        instrument: String,
        connection: String,
        scale: Py<PyAny>,
    ) -> PyResult<Self> {
        let exponents = exponents_of(py, &scale)?;
        Ok(Self {
            venue,
            instrument,
            connection,
            usual: scale.clone_ref(py),
            scale,
            usual_exponents: exponents,
            exponents,
            rows: 0,
            levels: 0,
            first_frame: -1,
            last_frame: -1,
            receive_ns: 0,
            event_ns: 0,
            events: 0,
            heard_ns: 0,
            trades: Table::new(3, 7),
            quotes: Table::new(3, 8),
            depths: Table::new(3, 14),
            candles: Table::new(3, 9),
            values: Table::new(2, 5),
            statuses: Table::new(1, 8),
            liquidations: Table::new(3, 7),
        })
    }

    #[getter]
    pub fn is_full(&self) -> bool {
        self.rows >= MAX_ROWS || self.levels >= MAX_LEVELS
    }

    #[getter]
    fn usual(&self, py: Python) -> Py<PyAny> {
        self.usual.clone_ref(py)
    }

    #[setter]
    fn set_usual(&mut self, py: Python, scale: Py<PyAny>) -> PyResult<()> {
        self.usual_exponents = exponents_of(py, &scale)?;
        self.usual = scale;
        Ok(())
    }

    fn fits(&mut self, py: Python, scale: Py<PyAny>) -> PyResult<bool> {
        let exponents = exponents_of(py, &scale)?;
        if self.exponents == exponents {
            return Ok(true);
        }
        if self.rows == 0 {
            (self.scale, self.exponents) = (scale, exponents);
            return Ok(true);
        }
        Ok(false)
    }

    fn came_from(&mut self, frame: i64, receive_ns: i64, event_ns: i64) {
        if self.first_frame < 0 {
            self.first_frame = frame;
        }
        self.last_frame = frame;
        self.receive_ns = self.receive_ns.max(receive_ns);
        self.event_ns = self.event_ns.max(event_ns);
    }

    pub fn came(&mut self, frame: i64, receive_ns: i64, event_ns: i64) {
        self.came_from(frame, receive_ns, event_ns);
        self.heard_ns = receive_ns;
        self.events = self.events.saturating_add(1);
    }

    pub fn trade(
        &mut self,
        exchange_ns: i64,
        receive_ns: i64,
        price: i64,
        quantity: i64,
        taker_side: i64,
        trade_id: i64,
    ) {
        let row = [self.rows, exchange_ns, receive_ns, price, quantity, taker_side, trade_id];
        self.trades.add(0, &row);
        self.next_row();
    }

    fn liquidation(&mut self, exchange_ns: i64, receive_ns: i64, price: i64, quantity: i64, taker_side: i64) {
        let row = [self.rows, exchange_ns, receive_ns, price, quantity, taker_side, 0];
        self.liquidations.add(0, &row);
        self.next_row();
    }

    pub fn quote(
        &mut self,
        exchange_ns: i64,
        receive_ns: i64,
        bid_price: i64,
        bid_quantity: i64,
        ask_price: i64,
        ask_quantity: i64,
        update_id: i64,
    ) {
        let head = [self.rows, exchange_ns, receive_ns];
        self.quotes.add(0, &head);
        self.quotes.add(3, &[bid_price, bid_quantity, ask_price, ask_quantity, update_id]);
        self.next_row();
    }

    #[pyo3(signature = (exchange_ns, receive_ns, first_id, last_id, levels, best, *, is_snapshot = false))]
    fn depth(
        &mut self,
        exchange_ns: i64,
        receive_ns: i64,
        first_id: i64,
        last_id: i64,
        levels: Levels,
        best: Best,
        is_snapshot: bool,
    ) {
        let count = levels.prices.len();
        let head = [self.rows, exchange_ns, receive_ns, first_id, last_id];
        self.depths.add(0, &head);
        self.depths.add(5, &[i64::from(is_snapshot), as_column(count)]);
        self.depths.extend(LEVELS, levels.sides.into_iter());
        self.depths.extend(LEVELS + 1, levels.prices.into_iter());
        self.depths.extend(LEVELS + 2, levels.quantities.into_iter());
        self.depths.add(BESTS, &[best.bid_price, best.bid_quantity, best.ask_price, best.ask_quantity]);
        self.levels = self.levels.saturating_add(count);
        self.next_row();
    }

    #[pyo3(signature = (open_ns, interval_ns, prices, volume, *, is_closed))]
    fn candle(
        &mut self,
        open_ns: i64,
        interval_ns: i64,
        prices: (i64, i64, i64, i64),
        volume: i64,
        is_closed: bool,
    ) {
        let (open, high, low, close) = prices;
        self.candles.add(0, &[self.rows, open_ns, interval_ns, open, high, low, close]);
        self.candles.add(7, &[volume, i64::from(is_closed)]);
        self.next_row();
    }

    fn value(&mut self, exchange_ns: i64, receive_ns: i64, kind: i64, value: i64) {
        self.values.add(0, &[self.rows, exchange_ns, receive_ns, kind, value]);
        self.next_row();
    }

    fn status(
        &mut self,
        receive_ns: i64,
        status: i64,
        frames: i64,
        gaps: i64,
        refused: i64,
        last_receive_ns: i64,
        offset_ns: i64,
    ) {
        self.statuses.add(0, &[self.rows, receive_ns, status, frames]);
        self.statuses.add(4, &[gaps, refused, last_receive_ns, offset_ns]);
        self.next_row();
    }

    fn close_bytes<'py>(
        &mut self,
        py: Python<'py>,
        epoch: u64,
        sequence: u64,
        next_scale: Py<PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let exponents = exponents_of(py, &next_scale)?;
        let bytes = PyBytes::new(py, &self.encoded(epoch, sequence));
        self.clear();
        (self.scale, self.exponents) = (next_scale, exponents);
        Ok(bytes)
    }
}

fn exponents_of(py: Python, scale: &Py<PyAny>) -> PyResult<Exponents> {
    scale.bind(py).getattr("exponents")?.extract()
}

/// Digits after the point of an exponent of zero or less; None for others, which only Python reads.
fn places(exponent: i32) -> Option<usize> {
    usize::try_from(exponent.checked_neg()?).ok()
}

/// A count as a number of a column; a batch is far smaller than what would not fit.
fn as_column(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
