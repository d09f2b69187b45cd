//! Looks for a key among the columns, counted exactly over all rows of both sides.

use std::collections::HashSet;

use super::hashes::{self, Hashes};
use super::order::Order;
use super::plan::Plan;
use super::{Options, Walked, with};
use crate::error::Result;
use crate::flow::diff::cell::Kind;
use crate::flow::diff::found::How;
use crate::flow::diff::key::{Hint, Measured, Place, candidates};
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
    let plan = |key: Vec<Place>, how: How| Plan::new(old, new, Layout { key, how, ..layout.clone() }, false);
    let rows = [sample(old)?, sample(new)?];
    let hints = hints(old, new, &places, &rows)?;
    let tries = candidates(&hints);
    let mut tried = 0;
    for key in tries {
        let plan = plan(key, How::Inferred);
        let Some(ascends) = fits(&plan, &rows)? else { continue };
        if tried == TRIES {
            break;
        }
        tried += 1;
        if ascends {
            // The walk itself may prove it.
            let walked = with(plan, options)?;
            if walked.proven() {
                return Ok(walked);
            }
            if measure(&walked.plan, options)?.identifies() {
                return Ok(Walked { unique: true, ..walked });
            }
        } else if measure(&plan, options)?.identifies() {
            return Ok(Walked { unique: true, ..with(plan, options)? });
        }
    }
    with(plan(Vec::new(), How::Unkeyed), options)
}

/// The key that suggests itself first, if it ascends in the first rows: then a reader may prove it in its own way.
pub fn ascending(old: &dyn Records, new: &dyn Records, layout: &Layout) -> Result<Option<Vec<Place>>> {
    let rows = [sample(old)?, sample(new)?];
    for key in candidates(&hints(old, new, &layout.shared(), &rows)?) {
        let layout = Layout { key, how: How::Inferred, ..layout.clone() };
        let plan = Plan::new(old, new, layout, false);
        if let Some(ascends) = fits(&plan, &rows)? {
            return Ok(ascends.then_some(plan.layout.key));
        }
    }
    Ok(None)
}

impl Walked<'_> {
    /// Whether the walk alone shows that the key identifies rows.
    fn proven(&self) -> bool {
        let [before, after] = self.aligned.rows;
        self.aligned.ascends && self.aligned.met.saturating_mul(2) >= before.min(after)
    }
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

/// Whether the key is unique in the first rows of both sides, and whether it ascends there.
fn fits(plan: &Plan<'_>, rows: &[Vec<Vec<u8>>; 2]) -> Result<Option<bool>> {
    let mut ascends = true;
    for (newer, rows) in [false, true].into_iter().zip(rows) {
        let (mut order, mut seen, mut key) = (Order::default(), HashSet::new(), Vec::new());
        for record in rows {
            plan.key(newer, record, &mut key)?;
            order.see(&key);
            if !seen.insert(hashes::of(&key)) {
                return Ok(None);
            }
        }
        ascends &= order.ascends();
    }
    Ok(Some(ascends))
}

/// Counts over all rows. Two keys with one hash count as equal, which only makes a key less likely.
fn measure(plan: &Plan<'_>, options: &Options<'_>) -> Result<Measured> {
    let bytes = plan.old.bytes().saturating_add(plan.new.bytes());
    let parts = (bytes / 16).div_ceil(options.share() as u64).clamp(1, 256) as usize;
    let mut found = [0_u64; 2];
    let mut sides = Vec::new();
    for newer in [false, true] {
        let mut hashes = Hashes::new(options.scratch, options.share() / 4, parts);
        let (mut cursor, mut key) = (plan.side(newer).open()?, Vec::new());
        while let Some(record) = cursor.record()? {
            plan.key(newer, record, &mut key)?;
            hashes.add(hashes::of(&key))?;
            found[usize::from(newer)] += 1;
        }
        sides.push(hashes.sorted());
    }
    let mut measured = Measured { rows: (found[0], found[1]), unique: true, shared: 0 };
    let (Some(news), Some(olds)) = (sides.pop(), sides.pop()) else { return Ok(Measured::default()) };
    for (old, new) in olds.zip(news) {
        let (old, new) = (old?, new?);
        if [&old, &new].iter().any(|side| side.windows(2).any(|pair| pair[0] == pair[1])) {
            return Ok(Measured { unique: false, ..measured });
        }
        measured.shared += both(&old, &new);
    }
    Ok(measured)
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
