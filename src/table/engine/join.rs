//! Pairs the rows that were left over, part by part, by their keys.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;

use super::bits::Bits;
use super::hashes;
use super::leftovers::{Leftovers, Row, rows};
use super::out::Out;
use super::plan::Plan;
use super::unkeyed::Unpaired;
use crate::error::Result;
use crate::flow::diff::alike::nearest;

/// Pairs rows and tells of them.
pub struct Join<'p, 'a, 's> {
    /// What is compared.
    pub plan: &'p Plan<'a>,
    /// Where it goes.
    pub out: Out<'s>,
    /// Rows without a key that found no equal one.
    pub unpaired: Unpaired,
    /// Keys that rows have which were paired in passing, and that came up again.
    pub again: Again,
    /// The rows of such keys that came up now: they wait until all of them are there.
    pub late: Leftovers,
}

/// Hashes of keys; once they are too many, it is every one.
pub struct Again {
    keys: HashSet<u64>,
    most: usize,
    all: bool,
}

impl Again {
    /// One more.
    pub fn insert(&mut self, hash: u64) {
        if !self.all {
            self.keys.insert(hash);
            self.all = self.keys.len() > self.most;
        }
    }

    /// Adds those that a sorted list has twice.
    pub fn repeated(&mut self, sorted: &[u64]) {
        sorted.windows(2).filter(|pair| pair[0] == pair[1]).for_each(|pair| self.insert(pair[0]));
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    fn has(&self, hash: u64) -> bool {
        self.all || self.keys.contains(&hash)
    }
}

/// Rows of one key, each side in its order.
#[derive(Default)]
struct Group<'r> {
    sides: [Vec<Row<'r>>; 2],
}

impl<'p, 'a, 's> Join<'p, 'a, 's> {
    /// Before the first part. At most about `most` bytes are held for each of what waits.
    #[must_use]
    pub fn new(plan: &'p Plan<'a>, scratch: &Path, most: usize, out: Out<'s>) -> Join<'p, 'a, 's> {
        // An entry of the set takes about twice its size.
        let again = Again { keys: HashSet::new(), most: most / (4 * size_of::<u64>()), all: false };
        let late = Leftovers::new(scratch, most, plan.old.bytes().saturating_add(plan.new.bytes()));
        Join { plan, out, unpaired: Unpaired::new(most), again, late }
    }

    /// All rows of a part. `taken` are the keys of rows that were paired before, in ascending order.
    pub fn part(&mut self, part: &[u8], taken: &[u64]) -> Result<()> {
        let mut all: Vec<Row<'_>> = rows(part).collect();
        all.sort_unstable_by_key(|row| (row.hash, row.newer, row.row));
        if self.out.watch.is_open() && !self.plan.unkeyed() {
            self.look(&all)?;
        }
        let mut rest = all.as_slice();
        while let Some(first) = rest.first() {
            let end = rest.iter().position(|row| row.hash != first.hash).unwrap_or(rest.len());
            let (group, behind) = rest.split_at(end);
            rest = behind;
            self.hash(first.hash, group, taken)?;
        }
        Ok(())
    }

    /// Looks for columns that differ before the first rows are told: those of later parts have no order.
    fn look(&mut self, all: &[Row<'_>]) -> Result<()> {
        for (old, new) in all.iter().zip(&all[1.min(all.len())..]) {
            let pair = old.hash == new.hash && !old.newer && new.newer;
            if pair && old.record != new.record && self.out.watch.is_open() {
                self.out.watch.differ(self.plan, old.record, new.record, u64::MAX)?;
            }
        }
        self.out.watch.close();
        Ok(())
    }

    /// All rows whose keys have one hash.
    fn hash(&mut self, hash: u64, group: &[Row<'_>], taken: &[u64]) -> Result<()> {
        if taken.binary_search(&hash).is_ok() {
            self.again.insert(hash);
            return group.iter().try_for_each(|row| self.late.add(row));
        }
        match group {
            [one] => self.alone(one),
            // Equal bytes have equal keys.
            [old, new] if !old.newer && new.newer && self.plan.bytes && old.record == new.record => {
                self.out.alike(self.plan, old, new)
            }
            _ => self.keys(group),
        }
    }

    /// Other keys may have the same hash.
    fn keys(&mut self, group: &[Row<'_>]) -> Result<()> {
        let mut groups: Vec<(Vec<u8>, Group<'_>)> = Vec::new();
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut key = Vec::new();
        for row in group {
            self.plan.key(row.newer, row.record, &mut key)?;
            let place = *places.entry(key.clone()).or_insert_with(|| {
                groups.push((key.clone(), Group::default()));
                groups.len() - 1
            });
            groups[place].1.sides[usize::from(row.newer)].push(*row);
        }
        groups.sort_by(|one, other| one.0.cmp(&other.0));
        groups.into_iter().try_for_each(|(_, group)| self.group(&group))
    }

    fn group(&mut self, group: &Group<'_>) -> Result<()> {
        let [old, new] = &group.sides;
        if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
            return self.out.pair(self.plan, old, new);
        }
        if !self.plan.unkeyed() {
            self.duplicates(group)?;
        }
        let (old, new) = self.equal(old, new)?;
        if self.plan.unkeyed() {
            return old.iter().chain(&new).try_for_each(|row| self.alone(row));
        }
        let pairs = self.nearest(&old, &new)?;
        let (mut lone_old, mut lone_new) = (vec![true; old.len()], vec![true; new.len()]);
        for (one, other) in pairs {
            (lone_old[one], lone_new[other]) = (false, false);
            self.out.pair(self.plan, &old[one], &new[other])?;
        }
        let lone = old.iter().zip(lone_old).chain(new.iter().zip(lone_new));
        lone.filter(|(_, lone)| *lone).try_for_each(|(row, _)| self.alone(row))
    }

    fn duplicates(&mut self, group: &Group<'_>) -> Result<()> {
        for (newer, side) in [false, true].into_iter().zip(&group.sides) {
            let [first, _, ..] = side.as_slice() else { continue };
            let cells = self.plan.side(newer).cells(first.record)?;
            let place = |place: &(usize, usize)| if newer { place.1 } else { place.0 };
            let key = self.plan.layout.key.iter().filter_map(|it| cells.get(place(it)).cloned());
            self.out.sink.duplicates(newer, side.len() as u64, &key.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    /// Takes out the pairs of equal rows, the first with the first; gives back the others.
    fn equal<'r>(&mut self, old: &[Row<'r>], new: &[Row<'r>]) -> Result<(Vec<Row<'r>>, Vec<Row<'r>>)> {
        let mut have: HashMap<Vec<u8>, VecDeque<usize>> = HashMap::new();
        let mut content = Vec::new();
        for (n, row) in old.iter().enumerate() {
            self.plan.content(false, row.record, &mut content)?;
            have.entry(content.clone()).or_default().push_back(n);
        }
        let mut found = vec![None; old.len()];
        let mut others = Vec::new();
        for row in new {
            self.plan.content(true, row.record, &mut content)?;
            match have.get_mut(&content).and_then(VecDeque::pop_front) {
                Some(n) => found[n] = Some(*row),
                None => others.push(*row),
            }
        }
        let mut left = Vec::new();
        for (row, other) in old.iter().zip(found) {
            match other {
                Some(other) => self.out.pair(self.plan, row, &other)?,
                None => left.push(*row),
            }
        }
        Ok((left, others))
    }

    /// Which of the rows of a key belong together: the fewest differing cells, then their order.
    fn nearest(&self, old: &[Row<'_>], new: &[Row<'_>]) -> Result<Vec<(usize, usize)>> {
        let content = |row: &Row<'_>| -> Result<Vec<u64>> { self.plan.cells(row.newer, row.record) };
        let olds = old.iter().map(content).collect::<Result<Vec<_>>>()?;
        let news = new.iter().map(content).collect::<Result<Vec<_>>>()?;
        Ok(nearest(old.len(), new.len(), |one, other| {
            olds[one].iter().zip(&news[other]).filter(|(a, b)| a != b).count()
        }))
    }

    /// A row that has no counterpart.
    fn alone(&mut self, row: &Row<'_>) -> Result<()> {
        if self.plan.unkeyed() {
            self.unpaired.add(self.plan, &mut self.out, row)
        } else {
            self.out.alone(self.plan, row)
        }
    }

    /// Adds to those that wait the rows that were passed and whose keys came up again; gives all of them.
    pub fn recall(&mut self, passed: &mut [Bits; 2], empty: Leftovers) -> Result<Leftovers> {
        let mut key = Vec::new();
        for newer in [false, true] {
            let (passed, same) = (&mut passed[usize::from(newer)], &mut self.out.same[usize::from(newer)]);
            let mut cursor = self.plan.side(newer).open()?;
            let mut row = 0;
            while let Some(record) = cursor.record()? {
                if passed.has(row) {
                    self.plan.key(newer, record, &mut key)?;
                    let hash = hashes::of(&key);
                    if self.again.has(hash) {
                        passed.set(row, false);
                        same.set(row, false);
                        self.late.add(&Row { hash, newer, row, record })?;
                    }
                }
                row += 1;
            }
        }
        Ok(std::mem::replace(&mut self.late, empty))
    }
}
