//! Versions that the older tool published get the receipt that they lack: their object is hashed once, where it lies.

use crate::command::env::Env;
use crate::command::publish::{One, Plan, Proven, copy, one};
use crate::error::{Kind, Result};
use crate::flow::key;
use crate::flow::publication::{Item, unproven};
use crate::flow::reference::{Receipts, receipt_of};
use crate::flow::text::plural;
use crate::store::{Read, Write};

/// Proves what has no receipt yet and writes it. One listing tells which, and none is made where there are no such versions.
///
/// What fails here is told and stops nothing: what was pending is published, and is to be recorded.
pub(super) fn all(env: &Env<'_>, production: &dyn Write, plan: &mut Plan) -> Vec<Proven> {
    let (before, failed) = (plan.done.items.len(), plan.failures.len());
    let proven = take(production, plan).and_then(|items| {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        plan.items = items;
        copy::all(env, production, plan)
    });
    plan.done.items[before..].iter_mut().for_each(|one| one.migrated = true);
    plan.wrong |= plan.failures[failed..].contains(&Kind::Integrity);
    proven.unwrap_or_else(|error| {
        plan.failures.push(error.kind);
        plan.done.notes.push(format!("versions of the older tool were not looked at: {error}"));
        Vec::new()
    })
}

/// What a run would do.
pub(super) fn planned(production: &dyn Read, plan: &mut Plan) -> Result<()> {
    for item in take(production, plan)? {
        plan.done.items.push(One { migrated: true, ..one(&item, None) });
    }
    Ok(())
}

fn take(production: &dyn Read, plan: &mut Plan) -> Result<Vec<Item>> {
    let migrated = std::mem::take(&mut plan.migrated);
    if migrated.is_empty() {
        return Ok(migrated);
    }
    let mut receipts = Receipts::new();
    production.list(&format!("{}published/", key::OWN), &mut |line| {
        receipts.extend(receipt_of(&line.key));
        Ok(())
    })?;
    let (items, left) = unproven(migrated, &receipts);
    if left > 0 {
        plan.done.notes.push(format!("{} of the older tool wait for the next run", plural(left as u64, "version")));
    }
    Ok(items)
}
