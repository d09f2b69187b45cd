//! Pairs the rows that were left over, part by part, by their keys.

use std::collections::{HashMap, HashSet, VecDeque};

use super::bits::Bits;
use super::hashes;
use super::leftovers::{Leftovers, Row, rows};
use super::plan::Plan;
use super::unkeyed::Unpaired;
use crate::error::Result;
use crate::flow::diff::alike::nearest;
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;

/// Where pairs are told, and what has to wait.
pub struct Join<'j, 'a> {
    /// What is compared.
    pub plan: &'j Plan<'a>,
    /// Hears of every row that is not the same on both sides.
    pub sink: &'j mut dyn Pairs,
    /// Rows of each side that have an equal one on the other.
    pub same: &'j mut [Bits; 2],
    /// Rows without a key that found no equal one.
    pub unpaired: &'j mut Unpaired,
    /// Keys that rows have which were paired before.
    pub taken: &'j [u64],
    /// Those of them that came up again: their rows wait until all of them are there.
    pub again: &'j mut HashSet<u64>,
    /// These rows.
    pub late: &'j mut Leftovers,
}

/// Rows of one key, each side in its order.
#[derive(Default)]
struct Group<'r> {
    sides: [Vec<Row<'r>>; 2],
}

impl Join<'_, '_> {
    /// All rows of a part.
    pub fn part(&mut self, part: &[u8]) -> Result<()> {
        let mut all: Vec<(u64, Row<'_>)> = rows(part).map(|row| (row.hash, row)).collect();
        all.sort_unstable_by_key(|(hash, row)| (*hash, row.newer, row.row));
        let mut rest = all.as_slice();
        while let Some((hash, _)) = rest.first() {
            let end = rest.iter().position(|(other, _)| other != hash).unwrap_or(rest.len());
            let (group, behind) = rest.split_at(end);
            rest = behind;
            self.hash(*hash, group)?;
        }
        Ok(())
    }

    /// All rows whose keys have one hash.
    fn hash(&mut self, hash: u64, group: &[(u64, Row<'_>)]) -> Result<()> {
        if self.taken.binary_search(&hash).is_ok() {
            self.again.insert(hash);
            return group.iter().try_for_each(|(_, row)| self.late.add(row));
        }
        match group {
            [(_, one)] => self.alone(one),
            // Equal bytes have equal keys.
            [(_, old), (_, new)] if !old.newer && new.newer && self.plan.bytes && old.record == new.record => {
                self.alike(old, new);
                Ok(())
            }
            _ => self.keys(group),
        }
    }

    /// Other keys may have the same hash.
    fn keys(&mut self, group: &[(u64, Row<'_>)]) -> Result<()> {
        let mut groups: Vec<(Vec<u8>, Group<'_>)> = Vec::new();
        let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
        let mut key = Vec::new();
        for (_, row) in group {
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
            return self.pair(old, new);
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
            self.pair(&old[one], &new[other])?;
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
            self.sink.duplicates(newer, side.len() as u64, &key.collect::<Vec<_>>())?;
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
                Some(other) => self.pair(row, &other)?,
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

    /// Two rows of one key.
    fn pair(&mut self, old: &Row<'_>, new: &Row<'_>) -> Result<()> {
        if self.plan.same(old.record, new.record, &mut (Vec::new(), Vec::new()))? {
            self.alike(old, new);
            return Ok(());
        }
        both(self.plan, self.sink, old, new)
    }

    fn alike(&mut self, old: &Row<'_>, new: &Row<'_>) {
        self.same[0].set(old.row, true);
        self.same[1].set(new.row, true);
    }

    /// A row that has no counterpart.
    fn alone(&mut self, row: &Row<'_>) -> Result<()> {
        if self.plan.unkeyed() {
            self.unpaired.add(self.plan, self.sink, row)
        } else {
            alone(self.plan, self.sink, row)
        }
    }
}

/// Tells of a pair of rows.
pub fn both(plan: &Plan<'_>, sink: &mut dyn Pairs, old: &Row<'_>, new: &Row<'_>) -> Result<()> {
    let at = At { old: old.row, new: new.row };
    sink.both(at, &plan.old.cells(old.record)?, &plan.new.cells(new.record)?)
}

/// Tells of a row that came or went.
pub fn alone(plan: &Plan<'_>, sink: &mut dyn Pairs, row: &Row<'_>) -> Result<()> {
    let cells = plan.side(row.newer).cells(row.record)?;
    if row.newer { sink.added(row.row, &cells) } else { sink.removed(row.row, &cells) }
}

/// The keys of equal rows that two or more of them have, of a sorted list.
pub fn repeated(sorted: &[u64], into: &mut HashSet<u64>) {
    into.extend(sorted.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]));
}

/// Adds to `late` the rows that were paired in passing and whose keys came up again.
pub fn recall(plan: &Plan<'_>, same: &mut [Bits; 2], again: &HashSet<u64>, late: &mut Leftovers) -> Result<()> {
    let mut key = Vec::new();
    for newer in [false, true] {
        let bits = &mut same[usize::from(newer)];
        let mut cursor = plan.side(newer).open()?;
        let mut number = 0;
        while let Some(record) = cursor.record()? {
            if bits.has(number) {
                plan.key(newer, record, &mut key)?;
                let hash = hashes::of(&key);
                if again.contains(&hash) {
                    bits.set(number, false);
                    late.add(&Row { hash, newer, row: number, record })?;
                }
            }
            number += 1;
        }
    }
    Ok(())
}
