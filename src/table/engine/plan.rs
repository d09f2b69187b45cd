//! What is compared with what: the two tables, their shared columns, and the key.

use crate::error::Result;
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
    /// Equal rows are told too.
    all: bool,
}

impl<'a> Plan<'a> {
    /// For a layout whose key is known. `all`: every pair of rows is told, also of equal ones.
    #[must_use]
    pub fn new(old: &'a dyn Records, new: &'a dyn Records, layout: Layout, all: bool) -> Plan<'a> {
        let both = layout.shared();
        let sides = |places: &[(usize, usize)]| {
            [places.iter().map(|place| place.0).collect(), places.iter().map(|place| place.1).collect()]
        };
        let width = both.len() == layout.before.len() && both.len() == layout.after.len();
        let same = width && both.iter().all(|(old, new)| old == new);
        let alike = old.spelling() == new.spelling();
        Plan {
            old,
            new,
            key: sides(if layout.key.is_empty() { &both } else { &layout.key }),
            shared: sides(&both),
            bytes: alike && !all && (same || old.named()),
            exact: alike && same && old.exact(),
            all,
            layout,
        }
    }

    /// The columns that both sides have, by their positions.
    pub fn shared(&self) -> impl Iterator<Item = (usize, usize)> {
        self.shared[0].iter().copied().zip(self.shared[1].iter().copied())
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
        if self.shared[0].is_empty() {
            // Rows that have no column in common are never paired.
            out.clear();
            out.push(u8::from(newer));
        } else if !self.exact {
            return self.content(newer, record, out);
        } else {
            out.clear();
        }
        out.extend_from_slice(record);
        Ok(())
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
