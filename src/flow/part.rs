//! How an object is cut into parts: the same everywhere, so that two machines agree.

/// Below this an object travels whole.
pub const SMALLEST: u64 = 8 << 20;
const MOST: u64 = 8_192;

/// 8 MiB × 2^k, the smallest k with at most 8,192 parts.
#[must_use]
pub fn size(total: u64) -> u64 {
    let mut part = SMALLEST;
    while total.div_ceil(part) > MOST {
        part *= 2;
    }
    part
}

/// The parts of an object as (offset, length), in order; one empty part for an empty object.
pub fn cut(total: u64) -> impl Iterator<Item = (u64, u64)> {
    let part = size(total);
    let count = total.div_ceil(part).max(1);
    (0..count).map(move |n| (n * part, part.min(total - n * part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_object_and_stay_under_the_limit() {
        assert_eq!(cut(0).collect::<Vec<_>>(), [(0, 0)]);
        assert_eq!(cut(SMALLEST).collect::<Vec<_>>(), [(0, SMALLEST)]);
        assert_eq!(cut(SMALLEST + 1).collect::<Vec<_>>(), [(0, SMALLEST), (SMALLEST, 1)]);
        assert_eq!(size(SMALLEST * MOST), SMALLEST);
        assert_eq!(size(SMALLEST * MOST + 1), SMALLEST * 2);
        let total = SMALLEST * MOST * 3 + 17;
        assert_eq!(cut(total).map(|(_, len)| len).sum::<u64>(), total);
        assert!(cut(total).count() <= 8_192);
    }
}
