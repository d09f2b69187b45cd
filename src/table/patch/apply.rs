//! Applies a patch to a text table, row by row, in the memory that the patch takes.

use std::path::Path;

use super::Text;
use crate::error::{Error, Result};
use crate::flow::diff::patch::{Apply, Conflict, Finding, Form, Patch};
use crate::flow::text::Untrusted;

/// Tells what becomes of a file that people know by `name`, piece by piece. What cannot be merged stays as it is, and is
/// given back.
pub fn apply(
    path: &Path,
    name: &str,
    patch: &Patch,
    finding: Finding,
    write: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<Vec<Conflict>> {
    let Some(text) = Text::open(path, name, Some(patch.form))? else {
        return Err(
            Error::user(format!("{} is no text table", Untrusted(name))).because("the patch is one of a text table")
        );
    };
    fits(&text, name, patch)?;
    let (mut applying, mut out) = (Apply::new(patch, finding)?, Vec::new());
    // Both closures write; they take turns.
    let write = std::cell::RefCell::new(write);
    let rest = text.each(&mut |head| (write.borrow_mut())(head), &mut |line| {
        applying.gap(line.gap);
        applying.record(line.raw, line.end, &mut out)?;
        if out.len() > WRITTEN {
            (write.borrow_mut())(&out)?;
            out.clear();
        }
        Ok(())
    })?;
    applying.gap(&rest);
    let conflicts = applying.finish(&mut out)?;
    (write.borrow_mut())(&out)?;
    Ok(conflicts)
}

/// What is written at once.
const WRITTEN: usize = 1 << 20;

fn fits(text: &Text, name: &str, patch: &Patch) -> Result<()> {
    let other = match (text.form, patch.form) {
        (Form::Csv(_), Form::Csv(_)) if text.header == patch.columns => return Ok(()),
        (Form::Jsonl, Form::Jsonl) => return Ok(()),
        (Form::Csv(_), Form::Csv(_)) => format!("its columns are {}", text.header.join(", ")),
        _ => "it is written in another format".to_owned(),
    };
    Err(Error::conflict(format!("the patch is not for a table like {}", Untrusted(name)))
        .because(Untrusted(&other).to_string()))
}
