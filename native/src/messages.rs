//! Binance's trades, quotes and depth events, keys in any order, as `sextant/venues/binance/messages.py` types them.
//!
//! Keys that nobody reads are passed over, as there; a key that is missing, twice, or of another type leaves the frame to Python.

use crate::book::Level;
use crate::scan::{Cursor, Seen};

/// More levels of a side than this are no depth event of this venue.
const MOST_LEVELS: usize = 10_000;

const EVENT: u16 = 1;
const TIME: u16 = 1 << 1;
const SYMBOL: u16 = 1 << 2;
const ID: u16 = 1 << 3;
const BID: u16 = 1 << 4;
const BID_QUANTITY: u16 = 1 << 5;
const ASK: u16 = 1 << 6;
const ASK_QUANTITY: u16 = 1 << 7;
const FIRST_ID: u16 = 1 << 8;
const PREVIOUS_ID: u16 = 1 << 9;
const PRICE: u16 = 1 << 4;
const QUANTITY: u16 = 1 << 5;
const TRADE_TIME: u16 = 1 << 6;
const MAKER: u16 = 1 << 7;
const FILL: u16 = 1 << 8;

/// What the payload must say of itself, and how its numbers are scaled.
pub struct Form<'a> {
    pub symbol: &'a [u8],
    pub is_spot: bool,
    pub price_places: usize,
    pub quantity_places: usize,
}

/// A `@trade` or `@aggTrade`; times in ns.
pub struct Trade {
    pub event_ns: i64,
    pub trade_ns: i64,
    pub id: i64,
    pub price: i64,
    pub quantity: i64,
    pub is_maker: bool,
}

/// A `@bookTicker`; `event_ns` is 0 where the venue does not stamp it.
pub struct Quote {
    pub event_ns: i64,
    pub update_id: i64,
    pub bid: Level,
    pub ask: Level,
}

/// A `@depth` but for its levels; `previous` is the id that the book must be at.
pub struct Depth {
    pub event_ns: i64,
    pub first: i64,
    pub last: i64,
    pub previous: i64,
}

/// Read a trade; its name and the key of its id differ between single and aggregate ones.
pub fn trade(cursor: &mut Cursor, form: &Form, name: &[u8], id_key: &[u8]) -> Option<Trade> {
    let mut seen = Seen::default();
    let mut read = Trade { event_ns: 0, trade_ns: 0, id: 0, price: 0, quantity: 0, is_maker: false };
    cursor.object(|key, cursor| {
        match key {
            b"e" => {
                seen.once(EVENT)?;
                same(cursor.word()?, name)?;
            }
            b"E" => {
                seen.once(TIME)?;
                read.event_ns = cursor.millis()?;
            }
            b"s" => {
                seen.once(SYMBOL)?;
                same(cursor.word()?, form.symbol)?;
            }
            b"p" => {
                seen.once(PRICE)?;
                read.price = cursor.decimal(form.price_places)?;
            }
            b"q" => {
                seen.once(QUANTITY)?;
                read.quantity = cursor.decimal(form.quantity_places)?;
            }
            b"T" => {
                seen.once(TRADE_TIME)?;
                read.trade_ns = cursor.millis()?;
            }
            b"m" => {
                seen.once(MAKER)?;
                read.is_maker = cursor.boolean()?;
            }
            // Insurance fund and liquidation fills are no fills of the book; an aggregate has no such key.
            b"X" if id_key == b"t" => {
                seen.once(FILL)?;
                same(cursor.word()?, b"MARKET")?;
            }
            key if key == id_key => {
                seen.once(ID)?;
                read.id = cursor.integer()?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    let is_whole = seen.has(EVENT | TIME | SYMBOL | PRICE | QUANTITY | TRADE_TIME | MAKER | ID);
    (is_whole && read.price > 0 && read.quantity > 0).then_some(read)
}

/// Read a quote; spot sends neither its name nor its time.
pub fn quote(cursor: &mut Cursor, form: &Form) -> Option<Quote> {
    let mut seen = Seen::default();
    let mut read = Quote { event_ns: 0, update_id: 0, bid: Level::default(), ask: Level::default() };
    cursor.object(|key, cursor| {
        match key {
            b"u" => {
                seen.once(ID)?;
                read.update_id = cursor.integer()?;
            }
            b"s" => {
                seen.once(SYMBOL)?;
                same(cursor.word()?, form.symbol)?;
            }
            b"b" => {
                seen.once(BID)?;
                read.bid.price = cursor.decimal(form.price_places)?;
            }
            b"B" => {
                seen.once(BID_QUANTITY)?;
                read.bid.quantity = cursor.decimal(form.quantity_places)?;
            }
            b"a" => {
                seen.once(ASK)?;
                read.ask.price = cursor.decimal(form.price_places)?;
            }
            b"A" => {
                seen.once(ASK_QUANTITY)?;
                read.ask.quantity = cursor.decimal(form.quantity_places)?;
            }
            b"e" => {
                seen.once(EVENT)?;
                same(cursor.word()?, b"bookTicker")?;
            }
            b"E" => {
                seen.once(TIME)?;
                read.event_ns = cursor.millis()?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    let is_stamped = form.is_spot || seen.has(EVENT | TIME);
    (is_stamped && seen.has(ID | SYMBOL | BID | BID_QUANTITY | ASK | ASK_QUANTITY)).then_some(read)
}

/// Read a depth event; its levels replace what `bids` and `asks` hold.
pub fn depth(
    cursor: &mut Cursor,
    form: &Form,
    bids: &mut Vec<Level>,
    asks: &mut Vec<Level>,
) -> Option<Depth> {
    let mut seen = Seen::default();
    let mut read = Depth { event_ns: 0, first: 0, last: 0, previous: 0 };
    cursor.object(|key, cursor| {
        match key {
            b"e" => {
                seen.once(EVENT)?;
                same(cursor.word()?, b"depthUpdate")?;
            }
            b"E" => {
                seen.once(TIME)?;
                read.event_ns = cursor.millis()?;
            }
            b"s" => {
                seen.once(SYMBOL)?;
                same(cursor.word()?, form.symbol)?;
            }
            b"U" => {
                seen.once(FIRST_ID)?;
                read.first = cursor.integer()?;
            }
            b"u" => {
                seen.once(ID)?;
                read.last = cursor.integer()?;
            }
            b"pu" if !form.is_spot => {
                seen.once(PREVIOUS_ID)?;
                read.previous = cursor.integer()?;
            }
            b"b" => {
                seen.once(BID)?;
                levels(cursor, form, bids)?;
            }
            b"a" => {
                seen.once(ASK)?;
                levels(cursor, form, asks)?;
            }
            _ => return Some(false),
        }
        Some(true)
    })?;
    if form.is_spot {
        read.previous = read.first.checked_sub(1)?;
    } else if !seen.has(PREVIOUS_ID) {
        return None;
    }
    let is_whole = seen.has(EVENT | TIME | SYMBOL | FIRST_ID | ID | BID | ASK);
    (is_whole && read.first <= read.last).then_some(read)
}

/// Read `[["price","quantity"],...]`.
fn levels(cursor: &mut Cursor, form: &Form, into: &mut Vec<Level>) -> Option<()> {
    into.clear();
    cursor.literal(b"[")?;
    if cursor.literal(b"]").is_some() {
        return Some(());
    }
    loop {
        cursor.literal(b"[")?;
        let price = cursor.decimal(form.price_places)?;
        cursor.literal(b",")?;
        let quantity = cursor.decimal(form.quantity_places)?;
        cursor.literal(b"]")?;
        if into.len() == MOST_LEVELS {
            return None;
        }
        into.push(Level { price, quantity });
        match cursor.byte()? {
            b',' => {}
            b']' => return Some(()),
            _ => return None,
        }
    }
}

fn same(one: &[u8], other: &[u8]) -> Option<()> {
    (one == other).then_some(())
}
