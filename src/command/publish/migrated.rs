//! Versions that the older tool published get the receipt that they lack: their object is hashed once, where it lies.

use crate::command::env::Env;
use crate::command::publish::{Args, One, Plan, Proven, copy, one};
use crate::error::Kind;
use crate::flow::publication::{Item, migrated, unproven};
use crate::flow::reference::Receipts;
use crate::flow::text::plural;
use crate::store::Write;

/// Those of them that have no receipt, as many as one run takes on.
pub(super) fn lacking(receipts: &Receipts, plan: &mut Plan) -> Vec<Item> {
    let mut all = migrated(&plan.tip.manifest);
    all.retain(|item| !plan.tip.stands_still(&item.identity.dataset));
    let (items, left) = unproven(all, receipts);
    if left > 0 {
        plan.done.notes.push(format!("{} of the older tool wait for the next run", plural(left as u64, "version")));
    }
    items
}

/// Proves them, and writes the receipts.
///
/// What fails here is told and stops nothing: what was pending is published, and is to be recorded.
pub(super) fn all(env: &Env<'_>, production: &dyn Write, plan: &mut Plan, args: &Args, items: &[Item]) -> Vec<Proven> {
    if items.is_empty() {
        return Vec::new();
    }
    let (before, failed) = (plan.done.items.len(), plan.failures.len());
    let proven = copy::all(env, production, plan, args, items);
    plan.done.items[before..].iter_mut().for_each(|one| one.migrated = true);
    plan.wrong |= plan.failures[failed..].contains(&Kind::Integrity);
    proven.unwrap_or_else(|error| {
        plan.failures.push(error.kind);
        plan.done.notes.push(format!("versions of the older tool were not looked at: {error}"));
        Vec::new()
    })
}

/// What a run would do.
pub(super) fn planned(items: &[Item], plan: &mut Plan) {
    plan.done.items.extend(items.iter().map(|item| One { migrated: true, ..one(item, None) }));
}
