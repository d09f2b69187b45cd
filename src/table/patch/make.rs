//! Makes the patch of two text tables, and tries it: it has to make the newer file of the older one, byte for byte.

use std::collections::HashMap;
use std::path::Path;

use super::{Text, apply, otherwise};
use crate::disk::hash;
use crate::error::{Error, Result};
use crate::flow::diff::found::Column;
use crate::flow::diff::moved::Moved;
use crate::flow::diff::patch::{Finding, Form, Patch, Record, Rows, make as patch_of};
use crate::flow::hash::Hasher;
use crate::flow::text::human_size;
use crate::table::csv::Csv;
use crate::table::engine::{self, Options};
use crate::table::jsonl::Jsonl;
use crate::table::records::Records;
use crate::table::{Ask, Input, format};

/// The patch that makes `new` of `old`; `None` if they are no text tables.
pub fn make(old: &Path, new: &Path, ask: &Ask<'_>) -> Result<Option<Patch>> {
    let (before, after) = (Text::open(old, ask.names[0], None)?, Text::open(new, ask.names[1], None)?);
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    let wrong = |why: &str| otherwise(ask.names[1], why);
    if before.form != after.form {
        return Err(wrong("its fields are separated or quoted in another way"));
    }
    if before.header != after.header {
        return Err(wrong("a patch changes rows, and it has other columns"));
    }
    let sides = [records(old, ask.names[0], before.form)?, records(new, ask.names[1], after.form)?];
    let options = Options { order: true, ..ask.options(&[]) };
    let walked = engine::walk(&*sides[0], &*sides[1], &options)?;
    let layout = walked.layout().clone();
    let columns = names(&layout.before, &layout.after);
    let name = |(old, _): &(usize, usize)| columns.iter().position(|it| *it == layout.before[*old].name);
    let key = layout.key.iter().filter_map(name).collect();
    let mut rows = Rows::default();
    let compared = walked.tell(&options, &mut rows)?;
    let moved = compared.moved.as_ref().and_then(Moved::rows);
    rows.set_moved(moved.ok_or_else(|| wrong("so many rows stand in another order that they could not be told"))?);
    let mut most = ask.memory;
    let older = gather(&before, &rows.older(), &mut most)?;
    let newer = gather(&after, &rows.newer(), &mut most)?;
    let end = [&older.first, &newer.first].into_iter().find(|end| !end.is_empty()).cloned();
    let digests = [hash::file(old, &|_| ())?.sha256, hash::file(new, &|_| ())?.sha256];
    let empty = Patch {
        base: digests[0],
        head: digests[1],
        form: before.form,
        columns,
        key,
        end: end.unwrap_or_else(|| b"\n".to_vec()),
        last: [older.last, newer.last],
        rows: Vec::new(),
    };
    let patch = patch_of(empty, &rows, &older.records, &newer.records)?;
    let mut made = Hasher::default();
    apply(old, ask.names[0], &patch, Finding::Place, &mut |bytes| {
        made.update(bytes);
        Ok(())
    })?;
    if made.finish() != patch.head {
        return Err(wrong(
            "rows that did not change are written with other line ends, or the headers are written differently",
        ));
    }
    Ok(Some(patch))
}

/// The names of both sides; those of JSON Lines may be others on each.
fn names(before: &[Column], after: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = before.iter().map(|column| column.name.clone()).collect();
    let come = after.iter().filter(|column| !before.iter().any(|it| it.name == column.name));
    names.extend(come.map(|column| column.name.clone()));
    names
}

fn records(path: &Path, name: &str, form: Form) -> Result<Box<dyn Records>> {
    let input = Input::new(path, name)?;
    Ok(match (form, format::of(&input)?) {
        (Form::Jsonl, _) => Box::new(Jsonl::new(input)?),
        (Form::Csv(_), format::Format::Csv(hint)) => Box::new(Csv::new(input, hint)?),
        (Form::Csv(_), _) => Box::new(Csv::new(input, None)?),
    })
}

/// What was taken from one side.
struct Gathered {
    records: HashMap<u64, Record>,
    /// What the first and the last record end with.
    first: Vec<u8>,
    last: Vec<u8>,
}

/// The records at some places, which ascend. They may take `most` bytes, of which the rest is left.
fn gather(text: &Text, places: &[u64], most: &mut usize) -> Result<Gathered> {
    let (mut records, mut first, mut last) = (HashMap::with_capacity(places.len()), Vec::new(), Vec::new());
    let (mut place, mut wanted, whole) = (0_u64, places.iter().peekable(), *most);
    text.each(&mut |_| Ok(()), &mut |line| {
        if place == 0 {
            first = line.end.to_vec();
        }
        last.clear();
        last.extend_from_slice(line.end);
        if wanted.next_if_eq(&&place).is_some() {
            *most = most.checked_sub(line.raw.len() + size_of::<Record>()).ok_or_else(|| {
                Error::user(format!("the patch would hold more than {}", human_size(whole as u64)))
                    .hint("git data diff --format patch --memory 2G allows it more")
            })?;
            records.insert(place, Record { place, raw: line.raw.to_vec(), end: line.end.to_vec() });
        }
        place += 1;
        Ok(())
    })?;
    Ok(Gathered { records, first, last })
}
