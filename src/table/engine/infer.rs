//! Looks for a key among the columns, counted exactly over all rows of both sides.

use std::collections::HashSet;

use super::hashes::{self, Hashes};
use super::order::Order;
use super::plan::Plan;
use super::{Options, Walked, before, with};
use crate::error::Result;
use crate::flow::diff::cell::Kind;
use crate::flow::diff::found::How;
use crate::flow::diff::key::{Candidate, Hint, Measured, Place, candidates, few};
use crate::flow::diff::pairs::Layout;
use crate::table::records::Records;

/// The first rows tell which columns are worth a try.
const SAMPLE: usize = 2_000;
/// More candidates are not counted over all rows.
const TRIES: usize = 6;
/// A longer value is content.
const LONG: usize = 200;

/// Walks both sides by the best key that there is.
pub fn walk<'a>(
    old: &'a dyn Records,
    new: &'a dyn Records,
    layout: Layout,
    options: &Options<'_>,
) -> Result<Walked<'a>> {
    let places = layout.shared();
    let rows = [sample(old)?, sample(new)?];
    let hints = hints(old, new, &places, &rows)?;
    let mut tried = 0;
    for Candidate { key, named } in candidates(&hints) {
        let plan = || plan(old, new, &layout, key.clone());
        if fits(&plan(), &rows, named)?.is_none() {
            continue;
        }
        if tried == TRIES {
            break;
        }
        tried += 1;
        let mut walked = with(plan(), options, true)?;
        let measured = walked.measure(options)?;
        if measured.identifies() {
            return Ok(Walked { unique: true, ..walked });
        }
        if named && measured.nearly() {
            // What was counted is used up.
            drop(walked);
            return with(plan(), options, false);
        }
    }
    with(Plan::new(old, new, Layout { key: Vec::new(), how: How::Unkeyed, ..layout }, false), options, false)
}

fn plan<'a>(old: &'a dyn Records, new: &'a dyn Records, layout: &Layout, key: Vec<Place>) -> Plan<'a> {
    Plan::new(old, new, Layout { key, how: How::Inferred, ..layout.clone() }, false)
}

/// The key that suggests itself first, and whether it ascends in the first rows: a reader may prove it in its own way.
#[cfg(feature = "tables")]
pub fn likely(old: &dyn Records, new: &dyn Records, layout: &Layout) -> Result<Option<(Vec<Place>, bool)>> {
    let rows = [sample(old)?, sample(new)?];
    for Candidate { key, named } in candidates(&hints(old, new, &layout.shared(), &rows)?) {
        let plan = plan(old, new, layout, key);
        if let Some(ascends) = fits(&plan, &rows, named)? {
            return Ok(Some((plan.layout.key, ascends)));
        }
    }
    Ok(None)
}

impl Walked<'_> {
    /// Counts the keys of all rows. Two keys with one hash count as equal, which only makes a key less likely.
    fn measure(&mut self, options: &Options<'_>) -> Result<Measured> {
        let aligned = &mut self.aligned;
        let rows = (aligned.rows[0], aligned.rows[1]);
        let [Some(olds), Some(news)] = aligned.left.take().map_or([None, None], |left| left.map(Some)) else {
            return Ok(Measured { rows, ..Measured::default() });
        };
        if aligned.ascends {
            // Each key was there once, and rows of one key met.
            return Ok(Measured { rows, repeated: 0, shared: aligned.met });
        }
        let mut keys = std::mem::replace(&mut aligned.keys, Hashes::new(options.scratch, 0, 1));
        before(&self.plan, &aligned.same[1], aligned.from, &mut keys)?;
        let mut measured = Measured { rows, ..Measured::default() };
        for ((keys, old), new) in keys.sorted().zip(olds.sorted()).zip(news.sorted()) {
            let (keys, old, new) = (keys?, old?, new?);
            measured.shared += keys.len() as u64 + both(&old, &new);
            measured.repeated += repeated(&keys, &old).max(repeated(&keys, &new));
        }
        Ok(measured)
    }
}

/// How often a number of two sorted lists comes up again.
fn repeated(one: &[u64], other: &[u64]) -> u64 {
    let within = |list: &[u64]| list.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64;
    within(one) + within(other) + both(one, other)
}

fn sample(side: &dyn Records) -> Result<Vec<Vec<u8>>> {
    let mut cursor = side.open()?;
    let mut rows = Vec::new();
    while rows.len() < SAMPLE {
        let Some(record) = cursor.record()? else { break };
        rows.push(record.to_vec());
    }
    Ok(rows)
}

fn hints(old: &dyn Records, new: &dyn Records, places: &[Place], rows: &[Vec<Vec<u8>>; 2]) -> Result<Vec<Hint>> {
    let mut hints: Vec<Hint> = places
        .iter()
        .map(|place| Hint { place: *place, name: new.columns()[place.1].name.clone(), filled: true, content: false })
        .collect();
    for (newer, side) in [(false, old), (true, new)] {
        for record in &rows[usize::from(newer)] {
            let cells = side.cells(record)?;
            for hint in &mut hints {
                let Some(cell) = cells.get(if newer { hint.place.1 } else { hint.place.0 }) else { continue };
                hint.filled &= !cell.raw.is_empty();
                hint.content |= cell.raw.len() > LONG || fraction(cell.kind, &cell.raw);
            }
        }
    }
    Ok(hints)
}

/// Whether a value is a number with a fraction, which is measured.
fn fraction(kind: Kind, raw: &[u8]) -> bool {
    let digits = |bytes: &[u8]| !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    match kind {
        Kind::Real | Kind::Nested => true,
        Kind::Bare | Kind::Quoted => {
            let raw = raw.strip_prefix(b"-").unwrap_or(raw);
            let point = raw.iter().position(|byte| *byte == b'.');
            point.is_some_and(|point| digits(&raw[..point]) && digits(&raw[point + 1..]))
        }
        _ => false,
    }
}

/// Whether the key is unique in the first rows of both sides, or nearly so where its name speaks for it; and whether it
/// ascends there.
fn fits(plan: &Plan<'_>, rows: &[Vec<Vec<u8>>; 2], named: bool) -> Result<Option<bool>> {
    let mut ascends = true;
    for (newer, rows) in [false, true].into_iter().zip(rows) {
        let (mut order, mut seen, mut key) = (Order::default(), HashSet::new(), Vec::new());
        for record in rows {
            plan.key(newer, record, &mut key)?;
            order.see(&key);
            seen.insert(hashes::of(&key));
        }
        let repeated = (rows.len() - seen.len()) as u64;
        if repeated > 0 && !(named && few(repeated, rows.len() as u64)) {
            return Ok(None);
        }
        ascends &= order.ascends();
    }
    Ok(Some(ascends))
}

/// How many numbers two sorted lists have in common.
fn both(one: &[u64], other: &[u64]) -> u64 {
    let (mut a, mut b, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (one.get(a), other.get(b)) {
        count += u64::from(x == y);
        (a, b) = (a + usize::from(x <= y), b + usize::from(y <= x));
    }
    count
}
