//! Pages of a table's b-tree: where their cells are, and which bytes belong to a row.

use super::{Damage, HEADER, Header, damage};

/// What a page of a table holds.
#[derive(Debug, PartialEq, Eq)]
pub enum Page {
    /// Its children, in order.
    Interior(Vec<u32>),
    /// Its rows, in order.
    Leaf(Vec<Row>),
}

/// A row in a leaf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its rowid.
    pub id: i64,
    /// Bytes of its record.
    pub bytes: u64,
    /// Where in the page the record begins.
    pub at: usize,
    /// How much of it is in the page.
    pub here: usize,
    /// The page where it goes on; 0 for none.
    pub overflow: u32,
}

/// How a table is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// By rowid.
    ByRowid,
    /// By its primary key, as an index is.
    ByKey,
}

/// How the table with this root page is stored. `number` is the page's number: the first has the file's header before it.
pub fn stored(bytes: &[u8], number: u32) -> Result<Stored, Damage> {
    match bytes.get(start(number)) {
        Some(5 | 13) => Ok(Stored::ByRowid),
        Some(2 | 10) => Ok(Stored::ByKey),
        other => damage(format!("page {number} is of the kind {other:?}, which no table has")),
    }
}

/// Reads a page of a table that is stored by rowid.
pub fn parse(header: &Header, bytes: &[u8], number: u32) -> Result<Page, Damage> {
    let from = start(number);
    let what = Reader { bytes, number };
    let interior = match what.byte(from)? {
        5 => true,
        13 => false,
        kind => return damage(format!("page {number} is of the kind {kind}, not of a table's")),
    };
    let cells = usize::from(what.short(from + 3)?);
    let mut at = from + if interior { 12 } else { 8 };
    let mut children = Vec::with_capacity(if interior { cells + 1 } else { 0 });
    let mut rows = Vec::with_capacity(if interior { 0 } else { cells });
    for _ in 0..cells {
        let cell = usize::from(what.short(at)?);
        at += 2;
        if interior {
            children.push(what.long(cell)?);
        } else {
            rows.push(what.row(header, cell)?);
        }
    }
    if interior {
        children.push(what.long(from + 8)?);
        return Ok(Page::Interior(children));
    }
    Ok(Page::Leaf(rows))
}

/// Where the b-tree begins in a page.
fn start(number: u32) -> usize {
    if number == 1 { HEADER } else { 0 }
}

/// A page, read with every position checked.
struct Reader<'a> {
    bytes: &'a [u8],
    number: u32,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> Result<u8, Damage> {
        match self.bytes.get(at) {
            Some(byte) => Ok(*byte),
            None => damage(format!("page {} points beyond its end", self.number)),
        }
    }

    fn short(&self, at: usize) -> Result<u16, Damage> {
        Ok(u16::from_be_bytes([self.byte(at)?, self.byte(at + 1)?]))
    }

    fn long(&self, at: usize) -> Result<u32, Damage> {
        Ok(u32::from(self.short(at)?) << 16 | u32::from(self.short(at + 2)?))
    }

    /// A number of one to nine bytes, and where it ends.
    fn varint(&self, mut at: usize) -> Result<(u64, usize), Damage> {
        let mut value = 0_u64;
        for _ in 0..8 {
            let byte = self.byte(at)?;
            at += 1;
            value = value << 7 | u64::from(byte & 0x7f);
            if byte < 0x80 {
                return Ok((value, at));
            }
        }
        Ok((value << 8 | u64::from(self.byte(at)?), at + 1))
    }

    fn row(&self, header: &Header, cell: usize) -> Result<Row, Damage> {
        let (bytes, at) = self.varint(cell)?;
        let (id, at) = self.varint(at)?;
        let here = local(header.usable, bytes);
        let Some(end) = at.checked_add(here).filter(|end| *end <= self.bytes.len()) else {
            return damage(format!("a row of page {} goes beyond it", self.number));
        };
        let overflow = if (here as u64) < bytes { self.long(end)? } else { 0 };
        Ok(Row { id: id.cast_signed(), bytes, at, here, overflow })
    }
}

/// How much of a record of so many bytes is kept in its leaf: the file format's own rule.
fn local(usable: u32, bytes: u64) -> usize {
    let usable = u64::from(usable);
    let most = usable - 35;
    let least = (usable - 12) * 32 / 255 - 23;
    let here = if bytes <= most {
        bytes
    } else {
        let even = least + (bytes - least) % (usable - 4);
        if even <= most { even } else { least }
    };
    // At most a page.
    here as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SMALL: Header = Header { page: 512, usable: 512, pages: 0, format: 4, encoding: 1 };

    fn leaf(cells: &[&[u8]]) -> Vec<u8> {
        let mut page = vec![0; 512];
        page[0] = 13;
        page[4] = cells.len() as u8;
        let mut end = 512;
        for (n, cell) in cells.iter().enumerate() {
            end -= cell.len();
            page[end..end + cell.len()].copy_from_slice(cell);
            page[8 + 2 * n..10 + 2 * n].copy_from_slice(&(end as u16).to_be_bytes());
        }
        page
    }

    #[test]
    fn rows_of_a_leaf_are_found() {
        let page = leaf(&[&[2, 5, b'a', b'b'], &[1, 0x81, 0x00, b'c']]);
        let Page::Leaf(rows) = parse(&SMALL, &page, 2).unwrap() else { panic!() };
        assert_eq!(rows[0], Row { id: 5, bytes: 2, at: 510, here: 2, overflow: 0 });
        assert_eq!((rows[1].id, &page[rows[1].at..][..rows[1].here]), (128, &b"c"[..]));
    }

    #[test]
    fn a_rowid_may_be_negative() {
        let page = leaf(&[&[0, 255, 255, 255, 255, 255, 255, 255, 255, 255]]);
        let Page::Leaf(rows) = parse(&SMALL, &page, 2).unwrap() else { panic!() };
        assert_eq!(rows[0].id, -1);
    }

    #[test]
    fn long_records_go_on_elsewhere() {
        // The bounds for 512 bytes: 477 fit, and of longer ones at least 39 stay.
        assert_eq!(
            [local(512, 477), local(512, 478), local(512, 39 + 508)],
            [477, 478, 39].map(|n| if n == 478 { 39 } else { n })
        );
        assert_eq!(local(512, 39 + 508 + 438), 477);
        assert_eq!(local(512, 39 + 508 + 439), 39);
    }

    #[test]
    fn a_page_of_another_kind_is_damage() {
        assert!(parse(&SMALL, &[0; 512], 2).is_err());
        assert!(parse(&SMALL, &[10; 512], 2).is_err());
        assert_eq!(stored(&[10], 2), Ok(Stored::ByKey));
        assert_eq!(stored(&[13], 2), Ok(Stored::ByRowid));
        assert!(stored(&[], 2).is_err() && stored(&[0; 100], 1).is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut page in prop::collection::vec(any::<u8>(), 0..520), kind in prop::sample::select(vec![5_u8, 13]), number in 1_u32..3) {
            let at = start(number);
            if page.len() > at {
                page[at] = kind;
            }
            if let Ok(Page::Leaf(rows)) = parse(&SMALL, &page, number) {
                for row in rows {
                    prop_assert!(page.get(row.at..row.at + row.here).is_some());
                }
            }
        }

        #[test]
        fn what_stays_in_a_leaf_fits_it(usable in 480_u32..65_537, bytes in any::<u64>()) {
            let here = local(usable, bytes) as u64;
            prop_assert!(here <= bytes && here <= u64::from(usable) - 35);
        }
    }
}
