//! For tests: what a comparison told, as lines.

use std::path::Path;

use super::engine::{self, Compared, Options};
use super::records::Records;
use super::typed::{Head, Tables};
use crate::error::Result;
use crate::flow::diff::cell::{Cell, Kind};
use crate::flow::diff::found::At;
use crate::flow::diff::pairs::Pairs;

/// Takes what is told, and writes it down.
#[derive(Default)]
pub(super) struct Seen {
    /// Everything, table by table.
    pub(super) lines: Vec<String>,
    table: Vec<String>,
}

impl Tables for Seen {
    fn rows(&mut self, head: Head, old: &dyn Records, new: &dyn Records, options: &Options<'_>) -> Result<()> {
        let walked = engine::walk(old, new, options)?;
        let head = Head { layout: walked.layout().clone(), ..head };
        let compared = walked.tell(options, self)?;
        self.end(head, &compared)
    }

    fn begin(&mut self, _: &Head) -> Result<&mut dyn Pairs> {
        Ok(self)
    }

    fn end(&mut self, head: Head, compared: &Compared<'_>) -> Result<()> {
        let [before, after] = compared.rows;
        let layout = &head.layout;
        let key: Vec<&str> = layout.key.iter().map(|(_, at)| layout.after[*at].name.as_str()).collect();
        let name = head.name.as_deref().unwrap_or("");
        self.lines.push(format!("{name} {before} -> {after} by {:?}({})", layout.how, key.join(",")));
        self.lines.extend(head.partly.iter().map(|why| format!("{name} {why}")));
        // What was not told of is the same on both sides.
        for (newer, rows, signs) in [(false, before, ['~', '-']), (true, after, ['~', '+'])] {
            let (mut all, mut same) = (0, 0);
            compared.each(newer, &[0], &mut |is_same, _| {
                (all, same) = (all + 1, same + u64::from(is_same));
                Ok(())
            })?;
            let told = self.table.iter().filter(|line| line.starts_with(signs)).count() as u64;
            assert_eq!((all, same + told), (rows, rows), "{:?}", self.table);
        }
        self.table.sort();
        self.lines.append(&mut self.table);
        Ok(())
    }

    fn alone(&mut self, head: Head, rows: u64) -> Result<()> {
        let name = head.name.as_deref().unwrap_or("");
        let partly = head.partly.as_deref().unwrap_or("");
        self.lines.push(format!("{name} {:?} {rows} {partly}", head.whole).trim_end().to_owned());
        Ok(())
    }
}

impl Pairs for Seen {
    fn both(&mut self, at: At, old: &[Cell<'_>], new: &[Cell<'_>]) -> Result<()> {
        self.table.push(format!("~{}:{} {} -> {}", at.old, at.new, shown(old), shown(new)));
        Ok(())
    }

    fn added(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.table.push(format!("+{row} {}", shown(cells)));
        Ok(())
    }

    fn removed(&mut self, row: u64, cells: &[Cell<'_>]) -> Result<()> {
        self.table.push(format!("-{row} {}", shown(cells)));
        Ok(())
    }

    fn duplicates(&mut self, newer: bool, rows: u64, key: &[Cell<'_>]) -> Result<()> {
        let side = if newer { "new" } else { "old" };
        self.table.push(format!("{side}: {rows} rows have the key {}", shown(key)));
        Ok(())
    }
}

/// `1|'text'|x'00'|1.5|∅`
pub(super) fn shown(cells: &[Cell<'_>]) -> String {
    let one = |cell: &Cell<'_>| {
        let raw = String::from_utf8_lossy(&cell.raw).into_owned();
        match cell.kind {
            Kind::Null => "∅".to_owned(),
            Kind::Text => format!("'{raw}'"),
            Kind::Blob => format!("x'{raw}'"),
            Kind::Time => format!("@{raw}"),
            _ => raw,
        }
    };
    cells.iter().map(one).collect::<Vec<_>>().join("|")
}

/// How tests compare: with this key, in so much memory.
pub(super) fn options<'a>(key: &'a [String], memory: usize, scratch: &'a Path) -> Options<'a> {
    Options { key, keys: None, primary: &[], order: false, memory, scratch }
}
