//! Number text to exact scaled integers: the part of `sextant/contracts/scaled.py` that markets use all day.

/// Digits that an integer may have here, so that no step can leave 63 bits; Python decides on longer ones.
const MOST_DIGITS: usize = 18;
/// Digits after the point that are read; all beyond the scale must be zero.
const MOST_PLACES: usize = 32;

/// Read digits with at most one point between digits: the integer `n` with `n * 10^-places` equal to the text, and what follows the text.
///
/// None for anything else (signs, exponents, other characters, no digit at all), for a number that the scale cannot say exactly, and for
/// one of more than 18 digits at the scale, which might fit but is left to the slow way.
pub fn decimal(text: &[u8], places: usize) -> Option<(i64, &[u8])> {
    let (mut value, rest, whole) = digits(text, MOST_DIGITS.checked_sub(places)?)?;
    if whole == 0 {
        return None;
    }
    let mut left = places;
    let mut rest = rest;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let mut read: usize = 0;
        rest = fraction;
        while let Some((digit, after)) = first_digit(rest) {
            if let Some(fewer) = left.checked_sub(1) {
                left = fewer;
                value = value.checked_mul(10)?.checked_add(digit)?;
            } else if digit != 0 || read > MOST_PLACES {
                return None;
            }
            read = read.checked_add(1)?;
            rest = after;
        }
        if read == 0 {
            return None;
        }
    }
    let missing = 10_i64.checked_pow(u32::try_from(left).ok()?)?;
    Some((value.checked_mul(missing)?, rest))
}

/// Read a JSON integer of zero or more: no sign, no leading zero. None for anything else and for more than 18 digits.
pub fn integer(text: &[u8]) -> Option<(i64, &[u8])> {
    let (value, rest, count) = digits(text, MOST_DIGITS)?;
    let is_padded = count > 1 && text.first() == Some(&b'0');
    if count == 0 || is_padded {
        return None;
    }
    Some((value, rest))
}

fn digits(text: &[u8], most: usize) -> Option<(i64, &[u8], usize)> {
    let (mut value, mut rest, mut count) = (0_i64, text, 0_usize);
    while let Some((digit, after)) = first_digit(rest) {
        count = count.checked_add(1)?;
        if count > most {
            return None;
        }
        value = value.checked_mul(10)?.checked_add(digit)?;
        rest = after;
    }
    Some((value, rest, count))
}

#[inline]
fn first_digit(text: &[u8]) -> Option<(i64, &[u8])> {
    let (first, rest) = text.split_first()?;
    let digit = first.wrapping_sub(b'0');
    (digit < 10).then_some((i64::from(digit), rest))
}

#[cfg(test)]
mod tests {
    use super::{decimal, integer};

    fn whole(text: &str, places: usize) -> Option<i64> {
        decimal(text.as_bytes(), places).and_then(|(value, rest)| rest.is_empty().then_some(value))
    }

    #[test]
    fn numbers_are_exact_at_the_scale() {
        assert_eq!(whole("61837.63000000", 2), Some(6_183_763));
        assert_eq!(whole("61837.6", 2), Some(6_183_760));
        assert_eq!(whole("7", 5), Some(700_000));
        assert_eq!(whole("0.000", 2), Some(0));
        assert_eq!(whole("999999999999999999", 0), Some(999_999_999_999_999_999));
    }

    #[test]
    fn what_is_not_exact_or_not_plain_is_left() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e5", "1_0", "NaN", "1.234", "1.0.0", " 1", "٣"] {
            assert_eq!(whole(text, 2), None, "{text}");
        }
        assert_eq!(whole("1000000000000000000", 0), None);
        assert_eq!(whole("10000000000000000", 2), None);
        assert_eq!(decimal(b"1", 19), None);
    }

    #[test]
    fn integers_are_those_of_json() {
        assert_eq!(integer(b"0,"), Some((0, &b","[..])));
        assert_eq!(integer(b"00"), None);
        assert_eq!(integer(b"-1"), None);
        assert_eq!(integer(b"9999999999999999999"), None);
    }
}
