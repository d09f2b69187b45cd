//! Excel workbooks, sheet by sheet: the first row names the columns, and of a formula the value counts that it had.

mod open;
mod sheet;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use self::open::Workbook;
use self::sheet::Sheet;
use super::engine::Options;
use super::records::Records as _;
use super::typed::{Beside, Head, Tables};
use crate::error::Result;
use crate::flow::diff::found::Whole;
use crate::flow::diff::pairs::Layout;

/// Compares two workbooks, and tells `tables` what differs.
pub fn compare(old: &Path, new: &Path, options: &Options<'_>, tables: &mut dyn Tables) -> Result<Beside> {
    let (mut old, mut new) = (Workbook::open(old)?, Workbook::open(new)?);
    // In the order of the newer side; what is gone comes last.
    let mut names: BTreeMap<usize, String> = new.sheets().into_iter().enumerate().collect();
    let gone = old.sheets().into_iter().filter(|name| !names.values().any(|other| other == name));
    let gone: Vec<String> = gone.collect();
    let (before, after) = (old.sheets(), new.sheets());
    (after.len()..).zip(gone).for_each(|(n, name)| drop(names.insert(n, name)));
    for name in names.into_values() {
        let side =
            |workbook: &mut Workbook, has: &[String]| has.contains(&name).then(|| workbook.sheet(&name)).transpose();
        sheet(name.clone(), side(&mut old, &before)?, side(&mut new, &after)?, options, tables)?;
    }
    Ok(Beside::default())
}

fn sheet(
    name: String,
    old: Option<Sheet>,
    new: Option<Sheet>,
    options: &Options<'_>,
    tables: &mut dyn Tables,
) -> Result<()> {
    let mut head = Head { name: Some(name), ..Head::default() };
    let (old, new) = match (old, new) {
        (Some(old), Some(new)) => (old, new),
        (old, new) => {
            head.whole = if new.is_some() { Whole::Added } else { Whole::Removed };
            let columns = |sheet: &Option<Sheet>| sheet.as_ref().map(|it| it.columns().to_vec()).unwrap_or_default();
            head.layout = Layout { before: columns(&old), after: columns(&new), ..Layout::default() };
            return tables.alone(head, old.or(new).map_or(0, |sheet| sheet.rows()));
        }
    };
    // A declared key is that of the sheets that have it.
    let asked = options.key_of(head.name.as_deref().unwrap_or_default());
    let has = |sheet: &Sheet| asked.iter().all(|key| sheet.columns().iter().any(|column| column.name == *key));
    let key = if has(&old) && has(&new) { asked } else { &[] };
    let options = Options { key, ..*options };
    tables.rows(head, &old, &new, &options)
}
