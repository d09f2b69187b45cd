//! Walks both sides at once while their keys arrive in the same order. Rows that are equal there are done with; all
//! others are left over, to be paired by their keys.

use std::cmp::Ordering;
use std::collections::{HashMap, VecDeque};

use super::bits::Bits;
use super::hashes::{self, Hashes};
use super::leftovers::{Leftovers, Row};
use super::order::Order;
use super::plan::Plan;
use super::watch::Watch;
use crate::error::Result;
use crate::table::records::Cursor;

/// How far is looked ahead for a row that both sides have; the next one where the one before did not help.
const WINDOWS: [usize; 3] = [8, 64, 1024];
/// So many rows may go astray, less those that were found since, before both sides are taken to be in other orders.
const ASTRAY: usize = 16 * 1024;

/// Room for a row that is not given back at once.
const KEPT: usize = 8 << 10;

/// What the walk found.
pub struct Aligned {
    /// Rows of each side.
    pub rows: [u64; 2],
    /// Rows of each side that have an equal one on the other.
    pub same: [Bits; 2],
    /// Rows whose keys met in passing, equal or not.
    pub met: u64,
    /// Both sides only ever ascend, so that no key is there twice.
    pub ascends: bool,
    /// The first equal row of the newer side that came when a side no longer ascended.
    pub from: Option<u64>,
    /// The keys of the equal rows from there on.
    pub keys: Hashes,
    /// All other rows.
    pub leftovers: Leftovers,
    /// The hashes of their keys for each side, if a key is to be proven.
    pub left: Option<[Hashes; 2]>,
    /// What was counted of the equal ones.
    pub watch: Watch,
}

struct Ahead {
    row: u64,
    record: Vec<u8>,
    key: Vec<u8>,
}

struct Side<'a> {
    cursor: Box<dyn Cursor + 'a>,
    queue: Queue,
}

/// The rows of a side that were read and are still to be paired.
#[derive(Default)]
struct Queue {
    ahead: VecDeque<Ahead>,
    /// Rows read so far.
    row: u64,
    /// Bytes that `ahead` holds.
    bytes: usize,
    order: Order,
    /// Room for rows to come.
    free: Vec<Ahead>,
}

/// Walks over both sides. At most about `most` bytes are held. `prove`: the key only suggests itself.
pub fn align(plan: &Plan<'_>, scratch: &std::path::Path, most: usize, prove: bool) -> Result<Aligned> {
    let expected = plan.old.bytes().saturating_add(plan.new.bytes());
    let leftovers = Leftovers::new(scratch, most, expected.saturating_add(expected / 5));
    let hashes = || Hashes::new(scratch, most / 8, leftovers.parts());
    let (keys, left) = (hashes(), prove.then(|| [hashes(), hashes()]));
    let side =
        |newer: bool| -> Result<Side<'_>> { Ok(Side { cursor: plan.side(newer).open()?, queue: Queue::default() }) };
    let (rows, same, watch) = ([0; 2], Default::default(), Watch::new(plan));
    let found = Aligned { rows, same, met: 0, ascends: true, from: None, keys, leftovers, left, watch };
    let mut walk = Walk { plan, sides: [side(false)?, side(true)?], most, astray: 0, room: Default::default(), found };
    walk.run()?;
    let Walk { sides: [old, new], mut found, .. } = walk;
    found.rows = [old.queue.row, new.queue.row];
    found.ascends = old.queue.order.ascends() && new.queue.order.ascends();
    Ok(found)
}

struct Walk<'p, 'a> {
    plan: &'p Plan<'a>,
    sides: [Side<'p>; 2],
    most: usize,
    astray: usize,
    room: (Vec<u8>, Vec<u8>),
    found: Aligned,
}

impl Walk<'_, '_> {
    fn run(&mut self) -> Result<()> {
        loop {
            self.pass()?;
            let (old, new) = (self.fill(0, 1)?, self.fill(1, 1)?);
            if old.min(new) == 0 || self.astray > ASTRAY {
                return self.rest();
            }
            let [old, new] = self.sides.each_ref().map(|side| &side.queue);
            let (one, other) = (&old.ahead[0], &new.ahead[0]);
            if one.key == other.key {
                self.meet()?;
                continue;
            }
            match old.order.compare(&new.order, &one.key, &other.key) {
                Some(Ordering::Less) => self.leave(0, 1)?,
                Some(_) => self.leave(1, 1)?,
                None => self.resync()?,
            }
        }
    }

    /// Passes equal records, without a copy, as long as nothing is read ahead.
    fn pass(&mut self) -> Result<()> {
        let [Side { cursor: olds, queue: old }, Side { cursor: news, queue: new }] = &mut self.sides;
        let key = &mut self.room.0;
        while self.plan.bytes && old.ahead.is_empty() && new.ahead.is_empty() {
            let Some(record) = olds.record()? else { break };
            self.plan.key(false, record, key)?;
            if !news.pass(record)? {
                old.push(record, key);
                break;
            }
            old.order.see(key);
            new.order.see(key);
            self.found.watch.same(self.plan, record)?;
            self.found.pair(old.row, new.row, key, old.order.ascends() && new.order.ascends())?;
            (old.row, new.row) = (old.row + 1, new.row + 1);
            self.astray = self.astray.saturating_sub(1);
        }
        Ok(())
    }

    /// Reads ahead on one side up to so many rows; says how many are there.
    fn fill(&mut self, side: usize, most: usize) -> Result<usize> {
        let Side { cursor, queue } = &mut self.sides[side];
        while queue.ahead.len() < most && (queue.ahead.is_empty() || queue.bytes < self.most / 4) {
            let Some(record) = cursor.record()? else { break };
            self.plan.key(side == 1, record, &mut self.room.0)?;
            queue.push(record, &self.room.0);
        }
        Ok(queue.ahead.len())
    }

    /// The first rows ahead have the same key.
    fn meet(&mut self) -> Result<()> {
        let [old, new] = self.sides.each_mut().map(|side| &mut side.queue);
        let same = self.plan.same(&old.ahead[0].record, &new.ahead[0].record, &mut self.room)?;
        self.astray = self.astray.saturating_sub(1);
        self.found.met += u64::from(!same);
        if !same {
            let (one, other) = (&old.ahead[0], &new.ahead[0]);
            self.found.watch.differ(self.plan, &one.record, &other.record, one.row + 1)?;
            self.leave(0, 1)?;
            return self.leave(1, 1);
        }
        let ascends = old.order.ascends() && new.order.ascends();
        if let (Some(one), Some(other)) = (old.pop(), new.pop()) {
            self.found.watch.same(self.plan, &one.record)?;
            self.found.pair(one.row, other.row, &other.key, ascends)?;
            old.give(one);
            new.give(other);
        }
        Ok(())
    }

    /// So many rows of one side have no place here.
    fn leave(&mut self, side: usize, count: usize) -> Result<()> {
        let it = &mut self.sides[side].queue;
        for _ in 0..count {
            let Some(row) = it.pop() else { break };
            let (hash, newer) = (hashes::of(&row.key), side == 1);
            self.found.leave(&Row { hash, newer, row: row.row, record: &row.record })?;
            it.give(row);
        }
        Ok(())
    }

    /// Looks for the nearest rows ahead with one key and leaves those before them.
    fn resync(&mut self) -> Result<()> {
        for window in WINDOWS {
            self.fill(0, window)?;
            self.fill(1, window)?;
            let [old, new] = self.sides.each_ref().map(|side| &side.queue);
            if let Some((one, other)) = nearest(&old.ahead, &new.ahead) {
                self.astray += one + other;
                self.leave(0, one)?;
                return self.leave(1, other);
            }
        }
        let (one, other) = (self.sides[0].queue.ahead.len(), self.sides[1].queue.ahead.len());
        self.astray += one + other;
        self.leave(0, one)?;
        self.leave(1, other)
    }

    /// Leaves all that is still to come.
    fn rest(&mut self) -> Result<()> {
        for side in 0..2 {
            self.leave(side, usize::MAX)?;
            let (Side { cursor, queue }, key) = (&mut self.sides[side], &mut self.room.0);
            while let Some(record) = cursor.record()? {
                self.plan.key(side == 1, record, key)?;
                queue.order.see(key);
                let hash = hashes::of(key);
                self.found.leave(&Row { hash, newer: side == 1, row: queue.row, record })?;
                queue.row += 1;
            }
        }
        Ok(())
    }
}

impl Queue {
    fn push(&mut self, record: &[u8], key: &[u8]) {
        let mut held = self.free.pop().unwrap_or(Ahead { row: 0, record: Vec::new(), key: Vec::new() });
        held.row = self.row;
        held.record.clear();
        held.record.extend_from_slice(record);
        held.key.clear();
        held.key.extend_from_slice(key);
        self.order.see(key);
        self.row += 1;
        self.bytes += record.len() + key.len();
        self.ahead.push_back(held);
    }

    /// Keeps the room of a row for the next one, unless it is much.
    fn give(&mut self, row: Ahead) {
        if row.record.capacity() + row.key.capacity() <= KEPT {
            self.free.push(row);
        }
    }

    fn pop(&mut self) -> Option<Ahead> {
        let row = self.ahead.pop_front()?;
        self.bytes -= row.record.len() + row.key.len();
        Some(row)
    }
}

impl Aligned {
    fn leave(&mut self, row: &Row<'_>) -> Result<()> {
        if let Some(left) = &mut self.left {
            left[usize::from(row.newer)].add(row.hash)?;
        }
        self.leftovers.add(row)
    }

    fn pair(&mut self, old: u64, new: u64, key: &[u8], ascends: bool) -> Result<()> {
        self.same[0].set(old, true);
        self.same[1].set(new, true);
        self.met += 1;
        if ascends {
            return Ok(());
        }
        self.from.get_or_insert(new);
        self.keys.add(hashes::of(key))
    }
}

/// The places of the two rows with one key that are nearest to the front.
fn nearest(old: &VecDeque<Ahead>, new: &VecDeque<Ahead>) -> Option<(usize, usize)> {
    let mut places: HashMap<&[u8], usize> = HashMap::with_capacity(new.len());
    for (n, row) in new.iter().enumerate() {
        places.entry(&row.key).or_insert(n);
    }
    let pairs = old.iter().enumerate().filter_map(|(n, row)| Some((n, *places.get(row.key.as_slice())?)));
    pairs.min_by_key(|(one, other)| one + other)
}
