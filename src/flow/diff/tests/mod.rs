//! Comparisons made by hand.

mod counting;
pub(crate) mod example;
mod showing;

use super::cell::{Cell, Kind};
use super::found::{At, Column, Table};
use super::pairs::{Layout, Pairs};
use super::renames::Renames;
use super::sides::Part;
use super::tally::{Options, Tally};

/// A text table with its header; the first column is the key, `_` holds nothing.
pub(super) struct Sheet(pub(super) Vec<Vec<&'static str>>);

pub(super) fn sheet(text: &'static str) -> Sheet {
    Sheet(text.lines().map(|line| line.split_whitespace().collect()).collect())
}

fn cells(row: &[&'static str]) -> Vec<Cell<'static>> {
    let cell = |text: &&'static str| match *text {
        "_" => Cell::new(Kind::Null, b""),
        text => Cell::new(Kind::Bare, text.as_bytes()),
    };
    row.iter().map(cell).collect()
}

impl Sheet {
    fn columns(&self) -> Vec<Column> {
        self.0[0].iter().map(|name| Column { name: (*name).to_owned(), kind: String::new() }).collect()
    }

    fn rows(&self) -> impl DoubleEndedIterator<Item = (u64, &Vec<&'static str>)> {
        self.0[1..].iter().enumerate().map(|(at, row)| (at as u64, row)).collect::<Vec<_>>().into_iter()
    }
}

/// A row of a side, if it has one.
type Placed<'a> = Option<(u64, &'a Vec<&'static str>)>;

/// Tells all pairs of two sheets; `backwards` in the opposite order.
fn tell(old: &Sheet, new: &Sheet, backwards: bool, to: &mut dyn Pairs) {
    let mut calls: Vec<(Placed<'_>, Placed<'_>)> = Vec::new();
    for (at, row) in new.rows() {
        calls.push((old.rows().find(|(_, old)| old[0] == row[0]), Some((at, row))));
    }
    let gone = old.rows().filter(|(_, row)| !new.rows().any(|(_, new)| new[0] == row[0]));
    calls.extend(gone.map(|row| (Some(row), None)));
    if backwards {
        calls.reverse();
    }
    for call in calls {
        match call {
            (Some((old, a)), Some((new, b))) => to.both(At { old, new }, &cells(a), &cells(b)),
            (None, Some((row, b))) => to.added(row, &cells(b)),
            (Some((row, a)), None) => to.removed(row, &cells(a)),
            (None, None) => Ok(()),
        }
        .unwrap();
    }
}

/// Compares two sheets as an engine would.
pub(super) fn compared(old: &Sheet, new: &Sheet, options: &Options, backwards: bool) -> Table {
    let layout = Layout { before: old.columns(), after: new.columns(), key: vec![(0, 0)], ..Layout::default() };
    let mut renames = Renames::new(layout);
    tell(old, new, backwards, &mut renames);
    let mut tally = Tally::new(renames.settle(), options);
    tell(old, new, backwards, &mut tally);
    let (table, mut sides) = tally.finish(old.rows().count() as u64, new.rows().count() as u64);
    let parts = if sides.has_differing() { vec![] } else { vec![(Part::Older, old), (Part::Newer, new)] };
    for (part, sheet) in parts {
        let columns = sides.columns(part).to_vec();
        for (_, row) in sheet.rows() {
            let cells = cells(row);
            columns.iter().enumerate().for_each(|(at, place)| sides.add(part, at, &cells[*place]));
        }
    }
    sides.settle(table)
}
