//! `abort`: gives interrupted uploads up.

use serde::Serialize;

use crate::command::env::Env;
use crate::disk::journal::{Begun, Journal};
use crate::error::{Error, Result};
use crate::flow::key::Key;
use crate::store::Upload;

/// Give interrupted uploads up
///
/// The parts that were sent are removed from the staging bucket. No file and no proposal is touched.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset; all of them when absent
    pub name: Option<String>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What was given up.
#[derive(Serialize)]
pub struct Aborted {
    /// Each upload.
    pub uploads: Vec<One>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// An upload that was given up.
#[derive(Serialize)]
pub struct One {
    /// The dataset.
    pub name: String,
    /// Bytes of the file.
    pub size: u64,
    /// Things worth knowing.
    pub notes: Vec<String>,
}

/// Gives one dataset's uploads up, or all.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Aborted> {
    let mut uploads = Vec::new();
    for begun in begun(env, args.name.as_deref())? {
        let mut one = One { name: begun.dataset.clone(), size: begun.size, notes: Vec::new() };
        let staging = env.staging()?;
        if staging.address().to_string() != begun.bucket {
            one.notes.push(format!("its parts are in {}: the janitor there removes them", begun.bucket));
        } else if !args.dry_run && !begun.upload.is_empty() {
            staging.abort(&Upload { key: Key::new(&begun.key), id: begun.upload.clone(), started: 0 })?;
        }
        if !args.dry_run {
            Journal::new(&env.data).forget(&begun);
        }
        uploads.push(one);
    }
    Ok(Aborted { uploads, dry_run: args.dry_run })
}

/// The uploads that are not over, of one dataset or all.
pub(super) fn begun(env: &Env<'_>, name: Option<&str>) -> Result<Vec<Begun>> {
    let mut all = Journal::new(&env.data).all();
    all.retain(|begun| name.is_none_or(|name| name == begun.dataset));
    match name {
        Some(name) if all.is_empty() => {
            Err(Error::user(format!("no upload of {name} was interrupted here")).hint("git data status"))
        }
        _ => Ok(all),
    }
}
