//! Which of the rows that no key tells apart belong together.

use std::collections::HashMap;

/// More comparisons than this are not made; then rows are paired by their order.
const MOST: usize = 250_000;
/// A value that more rows have says nothing about which of them belong together.
const COMMON: usize = 16;

/// Pairs `old` with `new` rows of one key: the fewest differing cells first, then by order. `differing` counts them.
#[must_use]
pub fn nearest(old: usize, new: usize, mut differing: impl FnMut(usize, usize) -> usize) -> Vec<(usize, usize)> {
    if old.checked_mul(new).is_none_or(|count| count > MOST) || old == 1 && new == 1 {
        return (0..old.min(new)).map(|n| (n, n)).collect();
    }
    let mut all = Vec::with_capacity(old * new);
    for one in 0..old {
        for other in 0..new {
            all.push((differing(one, other), one, other));
        }
    }
    greedy(all, old, new)
}

/// Pairs rows of which at least half the cells are the same. A row is the hashes of its cells, as many for each row.
#[must_use]
pub fn similar(old: &[Vec<u64>], new: &[Vec<u64>]) -> Vec<(usize, usize)> {
    let width = old.iter().chain(new).map(Vec::len).max().unwrap_or(0);
    let mut votes: HashMap<(usize, usize), usize> = HashMap::new();
    for column in 0..width {
        let have = places(old, column);
        for (value, news) in places(new, column) {
            let Some(olds) = have.get(&value).filter(|olds| olds.len() <= COMMON && news.len() <= COMMON) else {
                continue;
            };
            for one in olds {
                for other in &news {
                    *votes.entry((*one, *other)).or_default() += 1;
                }
            }
        }
    }
    let same = |one: &[u64], other: &[u64]| one.iter().zip(other).filter(|(a, b)| a == b).count();
    let all = votes.into_keys().filter_map(|(one, other)| {
        let same = same(&old[one], &new[other]);
        (same * 2 >= width).then(|| (width - same, one, other))
    });
    greedy(all.collect(), old.len(), new.len())
}

fn places(rows: &[Vec<u64>], column: usize) -> HashMap<u64, Vec<usize>> {
    let mut found: HashMap<u64, Vec<usize>> = HashMap::new();
    for (n, row) in rows.iter().enumerate() {
        if let Some(value) = row.get(column) {
            found.entry(*value).or_default().push(n);
        }
    }
    found
}

/// Takes the best pair of rows that are both free, and again; equally good ones by their order.
fn greedy(mut all: Vec<(usize, usize, usize)>, old: usize, new: usize) -> Vec<(usize, usize)> {
    all.sort_unstable();
    let (mut taken_old, mut taken_new) = (vec![false; old], vec![false; new]);
    let mut pairs = Vec::new();
    for (_, one, other) in all {
        if !taken_old[one] && !taken_new[other] {
            (taken_old[one], taken_new[other]) = (true, true);
            pairs.push((one, other));
        }
    }
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(table: &[&[usize]]) -> Vec<(usize, usize)> {
        let new = table.first().map_or(0, |row| row.len());
        nearest(table.len(), new, |one, other| table[one][other])
    }

    #[test]
    fn the_fewest_differences_come_first_and_then_the_order() {
        assert_eq!(by(&[&[2, 1], &[1, 2]]), [(0, 1), (1, 0)]);
        assert_eq!(by(&[&[1, 1], &[1, 1]]), [(0, 0), (1, 1)]);
        assert_eq!(by(&[&[3, 1, 2]]), [(0, 1)]);
        assert_eq!(nearest(1_000, 1_000, |_, _| unreachable!()).len(), 1_000);
    }

    #[test]
    fn rows_that_share_half_their_cells_are_paired() {
        let row = |cells: [u64; 4]| cells.to_vec();
        let old = [row([1, 2, 3, 4]), row([5, 6, 7, 8]), row([9, 9, 9, 9])];
        let new = [row([5, 6, 0, 0]), row([1, 2, 3, 0]), row([9, 0, 0, 0])];
        assert_eq!(similar(&old, &new), [(0, 1), (1, 0)]);
        assert_eq!(similar(&[], &new), []);
    }
}
