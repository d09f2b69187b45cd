//! How numbers of formats that know types are spelled.

use std::io::Write as _;

/// A number in the shortest way that reads back the same. Most have few digits, which are found at once.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "below 1e15")]
pub fn double(value: f64, out: &mut Vec<u8>) {
    const TENS: [f64; 7] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6];
    let size = value.abs();
    if (1e-4..1e9).contains(&size) {
        for (places, tens) in TENS.iter().enumerate() {
            let digits = (size * tens + 0.5) as u64;
            // One division of numbers that are exact reads back what is written; fewer places do not.
            if digits as f64 / tens == size {
                let (digits, places) = if places == 0 { (digits * 10, 1) } else { (digits, places) };
                return pointed(u128::from(digits), value < 0.0, places, out);
            }
        }
    }
    // Writing to memory does not fail.
    drop(write!(out, "{value:?}"));
}

/// Digits with a point before the last so many; at least one stands before it.
pub fn pointed(mut digits: u128, negative: bool, places: usize, out: &mut Vec<u8>) {
    let mut buffer = [0; 64];
    let (mut at, mut written) = (buffer.len(), 0);
    let mut put = |byte: u8| {
        at -= 1;
        buffer[at] = byte;
    };
    while digits > 0 || written <= places {
        if written == places && places > 0 {
            put(b'.');
        }
        // Long divisions are slow.
        let (rest, digit) = match u64::try_from(digits) {
            Ok(digits) => (u128::from(digits / 10), digits % 10),
            Err(_) => (digits / 10, (digits % 10) as u64),
        };
        put(b'0' + digit as u8);
        (digits, written) = (rest, written + 1);
    }
    if negative {
        put(b'-');
    }
    out.extend_from_slice(&buffer[at..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn doubles_are_spelled_in_the_shortest_way(
            digits in -2_000_000_000_i64..2_000_000_000,
            places in 0_u32..8,
            any in any::<f64>(),
        ) {
            for value in [digits as f64 / f64::from(10_u32.pow(places)), any, digits as f64] {
                let mut out = Vec::new();
                double(value, &mut out);
                prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{value:?}"));
            }
        }
    }

    #[test]
    fn a_point_has_digits_around_it() {
        let spelled = |digits, negative, places| {
            let mut out = Vec::new();
            pointed(digits, negative, places, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(spelled(1250, false, 2), "12.50");
        assert_eq!(spelled(5, true, 2), "-0.05");
        assert_eq!(
            (spelled(0, false, 0), spelled(0, false, 3), spelled(70, false, 0)),
            ("0".into(), "0.000".into(), "70".into())
        );
        assert_eq!(spelled(u128::MAX, true, 38), "-3.40282366920938463463374607431768211455");
    }
}
