//! Parquet files. A file is one table; its key is declared, or suggests itself.
//!
//! Where the key ascends on both sides, they are read side by side and whole columns are compared (`aligned`); what
//! lies there in the same bytes is not even unpacked (`chunks`). In any other order, rows of types that are not nested are
//! compared by sums over whole columns (`unsorted`). Otherwise rows are compared one by one.

mod aligned;
mod cells;
mod chunks;
mod differences;
mod keys;
mod open;
pub mod patch;
mod rows;
mod sums;
mod unsorted;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use self::aligned::aligned;
use self::differences::Differences;
use self::open::Opened;
use self::rows::Rows;
use self::unsorted::unsorted;
use super::engine::{Options, infer};
use super::records::Records as _;
use super::typed::{Beside, Head, Tables};
use crate::error::{Error, Result};
use crate::flow::diff::found::{At, How};
use crate::flow::diff::key::declared;
use crate::flow::diff::pairs::Layout;

/// What is known of two files from elsewhere: they hold a table of a database.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The table's name.
    pub(super) name: Option<String>,
    /// The types of its columns in the database's own words, for each side.
    pub(super) kinds: Option<[Vec<String>; 2]>,
}

/// Compares two Parquet files, and tells `tables` what differs.
pub fn compare(old: &Path, new: &Path, options: &Options<'_>, tables: &mut dyn Tables) -> Result<Beside> {
    table(old, new, Given::default(), options, tables).map(|()| Beside::default())
}

/// Compares the table that two files hold.
pub(super) fn table(
    old: &Path,
    new: &Path,
    given: Given,
    options: &Options<'_>,
    tables: &mut dyn Tables,
) -> Result<()> {
    // The library trusts what headers of pages promise: a damaged one stops it, and is a damaged file here. What was
    // told until then goes with the error.
    catch_unwind(AssertUnwindSafe(|| read(old, new, given, options, tables))).unwrap_or_else(|_| {
        let what = format!("{} or {} cannot be read as a Parquet file", old.display(), new.display());
        Err(Error::user(what).because("its headers do not fit together"))
    })
}

fn read(old: &Path, new: &Path, given: Given, options: &Options<'_>, tables: &mut dyn Tables) -> Result<()> {
    let [before, after] = given.kinds.unwrap_or_default();
    let (old, new) = (Rows::new(Opened::new(old)?, before), Rows::new(Opened::new(new)?, after));
    let mut head = Head { name: given.name, ..Head::default() };
    let Some((layout, found)) = fast(&old, &new, options)? else { return tables.rows(head, &old, &new, options) };
    head.layout = layout;
    let key = head.layout.key.clone();
    let compared = found.tell([&old, &new], &key, options, tables.begin(&head)?)?;
    tables.end(head, &compared)
}

/// What differs, if whole columns can be compared: they have the same types on both sides, and the key ascends.
fn fast(old: &Rows, new: &Rows, options: &Options<'_>) -> Result<Option<(Layout, Differences)>> {
    let mut layout = Layout { before: old.columns().to_vec(), after: new.columns().to_vec(), ..Layout::default() };
    let (both, (gone, come)) = (layout.shared(), layout.alone());
    // Where columns came and others went, one of them may only have got another name.
    let renamed = !gone.is_empty() && !come.is_empty();
    if renamed || both.iter().any(|(a, b)| !old.file.same_type(*a, &new.file, *b)) {
        return Ok(None);
    }
    let primary = declared(options.primary, &layout.before, &layout.after).unwrap_or_default();
    let mut ascends = true;
    (layout.key, layout.how) = if !options.key.is_empty() {
        (declared(options.key, &layout.before, &layout.after)?, How::Declared)
    } else if !primary.is_empty() {
        (primary, How::Primary)
    } else {
        let Some(likely) = infer::likely(old, new, &layout)? else { return Ok(None) };
        ascends = likely.1;
        (likely.0, How::Inferred)
    };
    let most = options.memory / 4 / size_of::<At>();
    let (old, new) = (&old.file, &new.file);
    let mut found = if ascends { aligned(old, new, &layout, (most, options.memory / 16))? } else { None };
    // Which rows moved only those know that have an order.
    if found.is_none() && !options.order {
        found = unsorted(old, new, &layout, options, most)?;
    }
    let found = found.filter(|found| layout.how != How::Inferred || found.identifies());
    Ok(found.map(|found| (layout, found)))
}
