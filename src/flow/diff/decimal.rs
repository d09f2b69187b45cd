//! Numbers as text tables write them, compared digit by digit: no number is too long, and nothing is rounded.

use std::cmp::Ordering;

/// A plain decimal such as `-12.50` or `1e3`. Everything else that looks like a number is text: `007`, `+5`, ` 5`, `.5`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal<'a> {
    negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    /// Where the point stands, counted from the first digit that is not 0.
    point: i64,
}

/// More digits of an exponent say nothing about data.
const EXPONENT: usize = 9;

impl<'a> Decimal<'a> {
    /// Reads one; `None` for everything that is not plain.
    #[must_use]
    pub fn parse(text: &'a [u8]) -> Option<Decimal<'a>> {
        let (negative, rest) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
        let (whole, rest) = digits(rest);
        if whole.is_empty() || (whole.len() > 1 && whole[0] == b'0') {
            return None;
        }
        let (fraction, rest) = match rest.strip_prefix(b".") {
            Some(rest) => Some(digits(rest)).filter(|(fraction, _)| !fraction.is_empty())?,
            None => (&rest[..0], rest),
        };
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => exponent(rest)?,
            Some(_) => return None,
        };
        let place = i64::try_from(whole.len()).ok()?.checked_add(exponent)?;
        let zeros = whole.iter().chain(fraction).take_while(|digit| **digit == b'0').count();
        let point = place.checked_sub(i64::try_from(zeros).ok()?)?;
        let mut read = Decimal { negative, whole, fraction, point };
        if zeros == whole.len() + fraction.len() {
            (read.negative, read.point) = (false, 0);
        }
        Some(read)
    }

    /// Its digits without zeros before and behind.
    fn significant(&self) -> impl Iterator<Item = u8> + 'a {
        let last = match self.fraction.iter().rposition(|digit| *digit != b'0') {
            Some(at) => self.whole.len() + at + 1,
            None => self.whole.iter().rposition(|digit| *digit != b'0').map_or(0, |at| at + 1),
        };
        self.whole.iter().chain(self.fraction).copied().take(last).skip_while(|digit| *digit == b'0')
    }

    /// Whether it is 0.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.significant().next().is_none()
    }

    /// How many digits say something.
    #[must_use]
    pub fn precision(&self) -> usize {
        self.significant().count()
    }

    fn size(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.point.cmp(&other.point).then_with(|| self.significant().cmp(other.significant())),
        }
    }
}

/// So many digits are a whole number that a float holds exactly.
const SHORT: usize = 15;
/// Powers of ten that a float holds exactly.
const TENS: [f64; SHORT + 1] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// The float that a plain decimal of few digits and no exponent is closest to: most numbers are such. `None` says
/// nothing about a text.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "so few digits are exact, and so is the rounding of one division")]
pub fn short(text: &[u8]) -> Option<f64> {
    let (negative, rest) = text.strip_prefix(b"-").map_or((false, text), |rest| (true, rest));
    if rest.len() > SHORT + 1 {
        return None;
    }
    let (mut digits, mut point) = (0_u64, None);
    for (at, byte) in rest.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            digits = digits * 10 + u64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    let whole = point.unwrap_or(rest.len());
    let places = point.map_or(0, |point| rest.len() - point - 1);
    let zero_first = whole > 1 && rest[0] == b'0';
    if whole == 0 || whole + places > SHORT || zero_first || (point.is_some() && places == 0) {
        return None;
    }
    let number = digits as f64 / TENS[places];
    Some(if negative { -number } else { number })
}

impl PartialEq for Decimal<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal<'_> {}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.size(other),
            (true, true) => other.size(self),
        }
    }
}

fn digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count())
}

fn exponent(text: &[u8]) -> Option<i64> {
    let (negative, text) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, text),
    };
    let (number, rest) = digits(text);
    if number.is_empty() || !rest.is_empty() || number.len() > EXPONENT {
        return None;
    }
    let value: i64 = std::str::from_utf8(number).ok()?.parse().ok()?;
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<Decimal<'_>> {
        Decimal::parse(text.as_bytes())
    }

    #[test]
    fn spellings_of_one_number_are_equal() {
        for (a, b) in [
            ("1.50", "1.5"),
            ("1e3", "1000"),
            ("1E+3", "1000.0"),
            ("-0.0", "0"),
            ("0e5", "-0"),
            ("0.001", "1e-3"),
            ("1.2E+17", "120000000000000000"),
            ("10", "1e1"),
        ] {
            assert_eq!(read(a).unwrap(), read(b).unwrap(), "{a} {b}");
        }
        assert_ne!(read("12345678901234567890"), read("12345678901234567891"));
        assert_ne!(read("0.1"), read("0.10000000000000001"));
        assert_ne!(read("1"), read("-1"));
    }

    #[test]
    fn what_is_not_plain_is_no_number() {
        for text in [
            "",
            "-",
            "007",
            "-01",
            "+5",
            " 5",
            "5 ",
            ".5",
            "5.",
            "1e",
            "1e+",
            "1.e3",
            "0x10",
            "1_000",
            "1,5",
            "NaN",
            "inf",
            "--1",
            "1e9999999999",
            "١",
        ] {
            assert!(read(text).is_none(), "{text:?}");
        }
        assert_eq!(read("-120.500").unwrap().precision(), 4);
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_whole_numbers(a in any::<i64>(), b in any::<i64>()) {
            let (left, right) = (a.to_string(), b.to_string());
            prop_assert_eq!(read(&left).unwrap().cmp(&read(&right).unwrap()), a.cmp(&b));
        }

        #[test]
        fn moving_the_point_changes_nothing(n in -999_999_i64..999_999, places in 0_usize..9, zeros in 0_usize..4) {
            let plain = n.to_string();
            let long = format!("{n}{}.{}e-{places}", "0".repeat(places), "0".repeat(zeros + 1));
            let long = if n == 0 { "0".to_owned() } else { long };
            prop_assert_eq!(read(&plain).unwrap(), read(&long).unwrap());
        }

        #[test]
        fn short_ones_are_read_at_once_as_they_are_read_slowly(text in "-?(0|[0-9]{1,9})?\\.?[0-9]{0,9}e?") {
            if let Some(number) = short(text.as_bytes()) {
                prop_assert!(read(&text).is_some(), "{}", text);
                prop_assert_eq!(number.to_bits(), text.parse::<f64>().unwrap().to_bits());
            } else if read(&text).is_some() {
                prop_assert!(text.contains('e') || text.bytes().filter(u8::is_ascii_digit).count() > SHORT, "{}", text);
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(read) = Decimal::parse(&text) {
                prop_assert_eq!(read, read);
            }
        }
    }
}
