//! The frames of one connection: those in the usual form become rows here, all others are left as they are.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use crate::book::{Book, Level};
use crate::clock::ClockBounds;
use crate::journal::FrameJournal;
use crate::messages::{depth, quote, trade, Depth, Form, Quote, Trade};
use crate::scan::Cursor;
use crate::writer::BatchWriter;

const HEAD: &[u8] = b"{\"stream\":\"";
/// Longer names are no streams of this venue.
const MOST_NAME: usize = 80;
/// The digits of an int64 and a space.
const MOST_STAMP: usize = 20;
const BUY: i64 = 1;
const SELL: i64 = 2;

/// Answers of `push`: not a frame of a stream that was added.
pub const UNKNOWN: u8 = 0;
/// A frame of such a stream that is for Python to decide on; nothing has changed.
pub const LEFT: u8 = 1;
/// Its rows are in the batch. Further bits may be set:
pub const TAKEN: u8 = 2;
/// - the clock's estimate has to see `exchange_ns`;
pub const CLOCK: u8 = 4;
/// - the batch is full and has to be closed.
pub const FULL: u8 = 8;

enum Kind {
    Trade,
    AggregateTrade,
    Quote,
    Depth(Py<Book>),
}

struct Stream {
    kind: Kind,
    symbol: Vec<u8>,
    writer: Py<BatchWriter>,
}

/// The streams of one connection. `is_spot` and `is_chained` are the market's rules for quotes and for depth events.
#[pyclass(module = "sextant_native")]
pub struct Scanner {
    clock: Py<ClockBounds>,
    journal: Option<Py<FrameJournal>>,
    is_spot: bool,
    is_chained: bool,
    streams: HashMap<Vec<u8>, Stream>,
    bids: Vec<Level>,
    asks: Vec<Level>,
    /// The venue's stamp of the newest frame that was taken, ns.
    #[pyo3(get)]
    exchange_ns: i64,
    /// When it came, ns.
    #[pyo3(get)]
    receive_ns: i64,
}

#[pymethods]
impl Scanner {
    #[new]
    #[pyo3(signature = (clock, journal, *, is_spot, is_chained))]
    fn new(
        clock: Py<ClockBounds>,
        journal: Option<Py<FrameJournal>>,
        is_spot: bool,
        is_chained: bool,
    ) -> Self {
        Self {
            clock,
            journal,
            is_spot,
            is_chained,
            streams: HashMap::new(),
            bids: Vec::new(),
            asks: Vec::new(),
            exchange_ns: 0,
            receive_ns: 0,
        }
    }

    /// Take the frames of a stream from now on. `kind` is the payload's own name of it; a depth stream needs the book.
    #[pyo3(signature = (name, kind, symbol, writer, book = None))]
    fn add(
        &mut self,
        name: String,
        kind: &str,
        symbol: String,
        writer: Py<BatchWriter>,
        book: Option<Py<Book>>,
    ) -> PyResult<()> {
        let kind = match (kind, book) {
            ("trade", _) => Kind::Trade,
            ("aggTrade", _) => Kind::AggregateTrade,
            ("bookTicker", _) => Kind::Quote,
            ("depthUpdate", Some(book)) => Kind::Depth(book),
            _ => {
                let message =
                    format!("kind: expected one of a known form, with a book for depth, was {kind}");
                return Err(PyValueError::new_err(message));
            }
        };
        let stream = Stream { kind, symbol: symbol.into_bytes(), writer };
        self.streams.insert(name.into_bytes(), stream);
        Ok(())
    }

    /// Take a frame that came as the connection's number `frame`. Never raises for what the frame holds.
    fn push(&mut self, py: Python, raw: &[u8], receive_ns: i64, frame: i64) -> PyResult<u8> {
        let Some((stream, payload)) = find(&self.streams, raw) else {
            return Ok(UNKNOWN);
        };
        let mut writer = stream.writer.try_borrow_mut(py)?;
        let Some((price_places, quantity_places)) = writer.usual_places() else {
            return Ok(LEFT);
        };
        let form = Form { symbol: &stream.symbol, is_spot: self.is_spot, price_places, quantity_places };
        let Some(row) = read(&stream.kind, payload, &form, &mut self.bids, &mut self.asks) else {
            return Ok(LEFT);
        };
        let (exchange_ns, clock) = (row.event_ns(), self.clock.get());
        if clock.is_ahead(row.newest_ns(), receive_ns) {
            return Ok(LEFT);
        }
        let Some((event_ns, is_news)) = clock.event_time(exchange_ns, receive_ns) else {
            return Ok(LEFT);
        };
        match row {
            Row::Trade(read) => {
                let side = if read.is_maker { SELL } else { BUY };
                writer.trade(read.trade_ns, receive_ns, read.price, read.quantity, side, read.id);
            }
            Row::Quote(Quote { bid, ask, update_id, .. }) => {
                let (from, to) = ((bid.price, bid.quantity), (ask.price, ask.quantity));
                writer.quote(exchange_ns, receive_ns, from.0, from.1, to.0, to.1, update_id);
            }
            Row::Depth(read, book) => {
                let ids = (read.previous, read.last);
                let mut book = book.try_borrow_mut(py)?;
                let Some(best) = book.advance(py, ids, self.is_chained, &self.bids, &self.asks)? else {
                    return Ok(LEFT);
                };
                let (stamps, ids) = ((exchange_ns, receive_ns), (read.first, read.last));
                writer.add_change(stamps, ids, &self.bids, &self.asks, best);
            }
        }
        writer.came(frame, receive_ns, event_ns);
        (self.exchange_ns, self.receive_ns) = (exchange_ns, receive_ns);
        let news = if is_news { CLOCK } else { 0 };
        let full = if writer.is_full() { FULL } else { 0 };
        Ok(TAKEN | news | full)
    }

    /// Take messages of one read from number `at` on, and journal them, up to the first that Python has to see before or after.
    ///
    /// Before: not in the usual form, the second of `until_ns` has begun, the journal's piece is full. After: `code` is more than TAKEN.
    /// Below TAKEN it is what `push` said of the next message. With `is_stamped` each begins with its own receive stamp, of `now_ns` or
    /// later; the others came at `now_ns`. The first is the connection's frame number `frame`. Returns the number of the next message,
    /// the code and the bytes taken.
    #[pyo3(signature = (messages, at, now_ns, until_ns, frame, *, is_stamped))]
    fn take(
        &mut self,
        py: Python,
        messages: &Bound<'_, PyList>,
        at: usize,
        now_ns: i64,
        until_ns: i64,
        frame: i64,
        is_stamped: bool,
    ) -> PyResult<(usize, u8, usize)> {
        let journal = self.journal.as_ref().map(|journal| journal.clone_ref(py));
        let (mut at, mut frame, mut receive_ns, mut bytes) = (at, frame, now_ns, 0_usize);
        while at < messages.len() {
            let message = messages.get_item(at)?;
            let message = message.cast::<PyBytes>()?.as_bytes();
            let Some((stamp, raw)) = (if is_stamped { split(message) } else { Some((now_ns, message)) })
            else {
                break;
            };
            let mut journal = journal.as_ref().map(|journal| journal.try_borrow_mut(py)).transpose()?;
            let is_kept = journal.as_ref().is_none_or(|journal| journal.takes(raw));
            if stamp < receive_ns || stamp >= until_ns || !is_kept {
                break;
            }
            let code = self.push(py, raw, stamp, frame)?;
            if code < TAKEN {
                return Ok((at, code, bytes));
            }
            if let Some(journal) = journal.as_mut() {
                journal.keep(raw, stamp);
            }
            (at, frame) = (at.saturating_add(1), frame.saturating_add(1));
            (receive_ns, bytes) = (stamp, bytes.saturating_add(raw.len()));
            if code > TAKEN {
                return Ok((at, code, bytes));
            }
        }
        Ok((at, TAKEN, bytes))
    }
}

/// Return the receive stamp of a message of a replay, and the frame that follows it.
fn split(message: &[u8]) -> Option<(i64, &[u8])> {
    let length = message.iter().take(MOST_STAMP).position(|byte| *byte == b' ')?;
    let (digits, rest) = message.split_at_checked(length)?;
    let mut stamp: i64 = 0;
    for digit in digits {
        let value = digit.is_ascii_digit().then(|| i64::from(*digit).checked_sub(i64::from(b'0')))??;
        stamp = stamp.checked_mul(10)?.checked_add(value)?;
    }
    let raw = rest.strip_prefix(b" ")?;
    (stamp > 0).then_some((stamp, raw))
}

/// What a frame says, but for the levels of a depth event.
enum Row<'a> {
    Trade(Trade),
    Quote(Quote),
    Depth(Depth, &'a Py<Book>),
}

impl Row<'_> {
    fn event_ns(&self) -> i64 {
        match self {
            Row::Trade(read) => read.event_ns,
            Row::Quote(read) => read.event_ns,
            Row::Depth(read, _) => read.event_ns,
        }
    }

    /// The newest of the venue's stamps in it.
    fn newest_ns(&self) -> i64 {
        match self {
            Row::Trade(read) => read.event_ns.max(read.trade_ns),
            Row::Quote(_) | Row::Depth(..) => self.event_ns(),
        }
    }
}

/// Return the stream of a frame and what follows the stream's name.
fn find<'a, 'b>(streams: &'a HashMap<Vec<u8>, Stream>, raw: &'b [u8]) -> Option<(&'a Stream, &'b [u8])> {
    let rest = raw.strip_prefix(HEAD)?;
    let length = rest.iter().take(MOST_NAME).position(|byte| *byte == b'"')?;
    let (name, payload) = rest.split_at_checked(length)?;
    Some((streams.get(name)?, payload))
}

/// Read the whole frame; nothing is changed but the scratch lists of levels.
fn read<'a>(
    kind: &'a Kind,
    payload: &[u8],
    form: &Form,
    bids: &mut Vec<Level>,
    asks: &mut Vec<Level>,
) -> Option<Row<'a>> {
    let mut cursor = Cursor::new(payload);
    cursor.literal(b"\",\"data\":")?;
    let row = match kind {
        Kind::Trade => Row::Trade(trade(&mut cursor, form, b"trade", b"t")?),
        Kind::AggregateTrade => Row::Trade(trade(&mut cursor, form, b"aggTrade", b"a")?),
        Kind::Quote => Row::Quote(quote(&mut cursor, form)?),
        Kind::Depth(book) => Row::Depth(depth(&mut cursor, form, bids, asks)?, book),
    };
    cursor.literal(b"}")?;
    cursor.is_at_end().then_some(row)
}
