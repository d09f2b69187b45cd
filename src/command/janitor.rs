//! `janitor`: staging loses what no counted name needs and is older than 30 days. Never by age alone.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::publish::trusted;
use crate::command::refs::{self, Gathered, Where};
use crate::error::{Kind, Result};
use crate::flow::key::Key;
use crate::flow::retention::janitor::{self, Decision, Listed, Verdict};
use crate::store::Write;

/// Delete from staging what no proposal needs any more
///
/// An object goes if no name in git needs it and it is older than 30 days; unfinished uploads after 7 days.
/// Anything that cannot be read stops it before it deletes.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Where the manifest is
    #[command(flatten)]
    pub at: Where,
    /// Say what would be done, and what pins each object that stays
    #[arg(long)]
    pub dry_run: bool,
}

/// What the janitor did.
#[derive(Serialize)]
pub struct Cleaned {
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// The names in git that were counted.
    pub counted: Vec<String>,
    /// Names that could not be counted and pin nothing, and other things worth knowing.
    pub notes: Vec<String>,
    /// Each object of staging.
    pub objects: Vec<Decision>,
    /// Unfinished uploads that were given up.
    pub uploads: Vec<Key>,
    /// Bytes that were deleted.
    pub freed: u64,
    /// Not everything was done.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// Lists staging, counts the names, deletes what is left.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Cleaned> {
    trusted::settings(env)?;
    let production = refs::production(env)?;
    let Gathered { references, staging: listing, .. } =
        refs::gather(env, &args.at, production.as_ref(), refs::grace(env, None)?)?;
    let staging = env.staging()?;
    // The store's own clock says when something came; a request signed by a clock far from it would have been refused.
    let now = env.now();
    let mut done = Cleaned {
        dry_run: args.dry_run,
        counted: references.names().to_vec(),
        notes: references.notes().to_vec(),
        objects: janitor::janitor(&listing, &references, now),
        uploads: Vec::new(),
        freed: 0,
        failure: None,
    };
    let mut kept = 0;
    for object in done.objects.iter_mut().filter(|object| object.verdict == Verdict::Delete) {
        let again = |listed: Listed| janitor::janitor(&[listed], &references, now).remove(0);
        match clean(staging, object, args.dry_run, &again) {
            Ok(true) => done.freed += object.size,
            // Sent again or renewed since it was listed.
            Ok(false) => object.verdict = Verdict::Young,
            Err(error) => {
                kept += 1;
                done.notes.push(format!("{} could not be deleted: {}", object.key, error.line()));
            }
        }
    }
    match staging.uploads("") {
        Ok(uploads) => {
            for upload in uploads.iter().filter(|upload| janitor::is_stale(upload.started, now)) {
                if !args.dry_run {
                    staging.abort(upload)?;
                }
                done.uploads.push(upload.key.clone());
            }
        }
        Err(error) => done.notes.push(format!("unfinished uploads were not looked at: {}", error.line())),
    }
    if kept > 0 {
        done.failure = Some(if done.freed > 0 { Kind::Partial } else { Kind::Store });
    }
    Ok(done)
}

/// Looks once more at an object and deletes it; false if it became young meanwhile.
fn clean(staging: &dyn Write, object: &Decision, dry_run: bool, again: &dyn Fn(Listed) -> Decision) -> Result<bool> {
    let Some(head) = staging.head(&object.key)? else { return Ok(true) };
    let listed = Listed { key: object.key.clone(), size: head.size, modified: head.modified };
    if again(listed).verdict != Verdict::Delete {
        return Ok(false);
    }
    if !dry_run {
        staging.delete(&object.key)?;
    }
    Ok(true)
}
