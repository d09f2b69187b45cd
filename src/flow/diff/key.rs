//! Which columns identify a row: declared by a person, then those that the table has, then those that suggest themselves.

use super::found::Column;
use crate::error::{Error, Result};
use crate::flow::text::Untrusted;

/// A column at its place on the older and on the newer side.
pub type Place = (usize, usize);

/// Pairs of columns are looked for among so many.
const LEADING: usize = 6;

/// The columns that were asked for. One that a side does not have is an error that lists those it has.
pub fn declared(names: &[String], before: &[Column], after: &[Column]) -> Result<Vec<Place>> {
    names.iter().map(|name| Ok((place(name, before, "older")?, place(name, after, "newer")?))).collect()
}

fn place(name: &str, columns: &[Column], side: &str) -> Result<usize> {
    columns.iter().position(|column| column.name == name).ok_or_else(|| {
        let mut have: Vec<&str> = columns.iter().take(20).map(|column| column.name.as_str()).collect();
        if have.len() < columns.len() {
            have.push("…");
        }
        let have = have.join(", ");
        Error::user(format!("the {side} side has no column {} for the key", Untrusted(name)))
            .because(format!("its columns are {}", Untrusted(&have)))
    })
}

/// What the first rows say of a column that both sides have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it is.
    pub place: Place,
    /// Its name on the newer side.
    pub name: String,
    /// Every row has a value.
    pub filled: bool,
    /// Some value has a fraction, or is long: that is something measured or written, which does not identify.
    pub content: bool,
}

/// A key that is worth a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its columns.
    pub key: Vec<Place>,
    /// Its name says that it is one, so that a few rows which share a value are an error of theirs.
    pub named: bool,
}

/// The keys worth a try, the best first: single columns with a name for it, the first column, then pairs.
#[must_use]
pub fn candidates(hints: &[Hint]) -> Vec<Candidate> {
    let mut named: Vec<(u8, usize, &Hint)> = Vec::new();
    let fit = hints.iter().filter(|hint| hint.filled && !hint.content);
    for (n, hint) in fit.enumerate() {
        named.push((score(&hint.name, hint.place.1 == 0), n, hint));
    }
    // By score, then by place.
    named.sort_by_key(|(score, n, _)| (std::cmp::Reverse(*score), *n));
    let single = named.iter().filter(|(score, ..)| *score > 0);
    let single = single.map(|(score, _, hint)| Candidate { key: vec![hint.place], named: *score >= NAMED });
    let mut out: Vec<Candidate> = single.collect();
    let leading: Vec<Place> = named.iter().take(LEADING).map(|(_, _, hint)| hint.place).collect();
    for (n, one) in leading.iter().enumerate() {
        out.extend(leading[n + 1..].iter().map(|other| {
            let mut pair = vec![*one, *other];
            pair.sort_by_key(|place| place.1);
            Candidate { key: pair, named: false }
        }));
    }
    out
}

/// From here on a name speaks for itself.
const NAMED: u8 = 70;

/// How much a column's name speaks for it; 0: nothing does.
fn score(name: &str, first: bool) -> u8 {
    let lower = name.trim().to_ascii_lowercase();
    let tail = |word: &str| {
        let front = lower.strip_suffix(word).unwrap_or_default();
        front.ends_with(['_', '-', '.', ' ']) || (!front.is_empty() && camel(name.trim(), word.len()))
    };
    match lower.as_str() {
        "id" => 100,
        "key" | "uuid" | "guid" => 90,
        _ if tail("id") => 80,
        _ if tail("key") || tail("uuid") || tail("guid") => 70,
        _ if first => 50,
        _ => 0,
    }
}

/// Whether the last `length` letters begin with a capital after a small one: `sampleId`.
fn camel(name: &str, length: usize) -> bool {
    let Some(at) = name.len().checked_sub(length).filter(|at| name.is_char_boundary(*at)) else { return false };
    name[at..].starts_with(|c: char| c.is_ascii_uppercase()) && name[..at].ends_with(|c: char| c.is_ascii_lowercase())
}

/// What the rows of both sides say of a candidate, counted exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Rows of each side.
    pub rows: (u64, u64),
    /// Rows of a side whose value another one had before; of the side that has more of them.
    pub repeated: u64,
    /// Values that both sides have.
    pub shared: u64,
}

impl Measured {
    /// Whether it identifies rows: unique on both sides, and at least half the rows of the smaller one are on the other.
    #[must_use]
    pub fn identifies(&self) -> bool {
        self.repeated == 0 && self.is_shared()
    }

    /// The same, but for a few rows.
    #[must_use]
    pub fn nearly(&self) -> bool {
        few(self.repeated, self.rows.0.min(self.rows.1)) && self.is_shared()
    }

    fn is_shared(&self) -> bool {
        self.shared.saturating_mul(2) >= self.rows.0.min(self.rows.1)
    }
}

/// Whether no more than one row of a hundred repeats a key.
#[must_use]
pub fn few(repeated: u64, rows: u64) -> bool {
    repeated.saturating_mul(100) <= rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(names: &str) -> Vec<Column> {
        names.split(',').map(|name| Column { name: name.to_owned(), kind: String::new() }).collect()
    }

    fn hints(names: &str) -> Vec<Hint> {
        let hint =
            |(n, column): (usize, Column)| Hint { place: (n, n), name: column.name, filled: true, content: false };
        columns(names).into_iter().enumerate().map(hint).collect()
    }

    fn tried(hints: &[Hint]) -> String {
        let name = |place: &Place| hints.iter().find(|hint| hint.place == *place).unwrap().name.clone();
        let key = |key: Vec<Place>| key.iter().map(name).collect::<Vec<_>>().join("+");
        candidates(hints).into_iter().map(|it| key(it.key)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_declared_key_has_to_be_there() {
        let key = ["b".to_owned(), "id".to_owned()];
        assert_eq!(declared(&key, &columns("id,a,b"), &columns("b,id")).unwrap(), [(2, 0), (0, 1)]);
        let error = declared(&key, &columns("id,b"), &columns("id,a")).unwrap_err();
        assert_eq!(error.line(), "the newer side has no column b for the key (its columns are id, a)");
    }

    #[test]
    fn names_decide_what_is_tried_first() {
        assert_eq!(tried(&hints("site,sample_id,id")), "id sample_id site sample_id+id site+id site+sample_id");
        assert_eq!(tried(&hints("paid,sampleId")), "sampleId paid paid+sampleId");
        let mut some = hints("id,site,visit,conc");
        some[0].filled = false;
        some[3].content = true;
        assert_eq!(tried(&some), "site+visit");
    }

    #[test]
    fn half_the_rows_have_to_be_shared() {
        let good = Measured { rows: (4, 100), repeated: 0, shared: 2 };
        assert!(good.identifies() && good.nearly() && Measured::default() != good);
        assert!(!Measured { shared: 1, ..good }.identifies());
        assert!(Measured { rows: (0, 5), repeated: 0, shared: 0 }.identifies());
        let nearly = Measured { rows: (200, 300), repeated: 2, shared: 100 };
        assert!(!nearly.identifies() && nearly.nearly());
        assert!(!Measured { repeated: 3, ..nearly }.nearly() && !Measured { shared: 99, ..nearly }.nearly());
    }
}
