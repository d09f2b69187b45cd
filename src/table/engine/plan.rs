//! What is compared with what: the two tables, their shared columns, and the key.

use crate::error::Result;
use crate::flow::diff::found::How;
use crate::flow::diff::key::{Place, shared};
use crate::flow::diff::pairs::Layout;
use crate::table::records::Records;

/// Two tables and how their rows are paired.
pub struct Plan<'a> {
    /// The older side.
    pub old: &'a dyn Records,
    /// The newer one.
    pub new: &'a dyn Records,
    /// What the sink is told before the first row.
    pub layout: Layout,
    /// Positions of the key on each side; all shared columns if there is none.
    key: [Vec<usize>; 2],
    /// Positions of the shared columns on each side.
    shared: [Vec<usize>; 2],
    /// Equal bytes are equal rows.
    pub bytes: bool,
    /// Other bytes are other rows, as far as it matters.
    exact: bool,
    /// Columns came and others went: every pair is told, so that a renamed one is seen.
    all: bool,
}

impl<'a> Plan<'a> {
    /// For a key, as positions on both sides; an empty one pairs rows by their shared columns.
    #[must_use]
    pub fn new(old: &'a dyn Records, new: &'a dyn Records, key: Vec<Place>, how: How) -> Plan<'a> {
        let (before, after) = (old.columns().to_vec(), new.columns().to_vec());
        let both = shared(&before, &after);
        let sides = |places: &[Place]| [places.iter().map(|p| p.0).collect(), places.iter().map(|p| p.1).collect()];
        let same = both.len() == before.len() && both.len() == after.len();
        let alike = old.spelling() == new.spelling();
        let all = both.len() < before.len() && both.len() < after.len() && !key.is_empty();
        let unkeyed = key.is_empty();
        Plan {
            old,
            new,
            key: sides(if unkeyed { &both } else { &key }),
            shared: sides(&both),
            bytes: alike && !all,
            exact: alike && same && old.exact(),
            all,
            layout: Layout { before, after, key, how },
        }
    }

    /// A side.
    #[must_use]
    pub fn side(&self, newer: bool) -> &'a dyn Records {
        if newer { self.new } else { self.old }
    }

    /// Whether rows have no key but their content.
    #[must_use]
    pub fn unkeyed(&self) -> bool {
        self.layout.key.is_empty()
    }

    /// Writes the key of a record.
    pub fn key(&self, newer: bool, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if !self.unkeyed() {
            return self.side(newer).key(record, &self.key[usize::from(newer)], out);
        }
        if self.exact {
            out.clear();
            out.extend_from_slice(record);
            return Ok(());
        }
        self.content(newer, record, out)
    }

    /// Writes the cells of the shared columns, equal for equal rows of both sides.
    pub fn content(&self, newer: bool, record: &[u8], out: &mut Vec<u8>) -> Result<()> {
        self.side(newer).project(record, &self.shared[usize::from(newer)], out)
    }

    /// The hashes of its cells in the shared columns.
    pub fn cells(&self, newer: bool, record: &[u8]) -> Result<Vec<u64>> {
        let cells = self.side(newer).cells(record)?;
        let shared = self.shared[usize::from(newer)].iter().filter_map(|column| cells.get(*column));
        Ok(shared.map(|cell| xxhash_rust::xxh3::xxh3_64_with_seed(&cell.raw, cell.kind as u64)).collect())
    }

    /// Whether there is nothing to tell of a pair of rows.
    pub fn same(&self, old: &[u8], new: &[u8], room: &mut (Vec<u8>, Vec<u8>)) -> Result<bool> {
        if self.all {
            return Ok(false);
        }
        if self.bytes && old == new {
            return Ok(true);
        }
        if self.exact {
            return Ok(false);
        }
        self.content(false, old, &mut room.0)?;
        self.content(true, new, &mut room.1)?;
        Ok(room.0 == room.1)
    }
}
