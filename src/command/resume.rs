//! `resume`: goes on with the uploads of this repository that were interrupted.

use std::path::PathBuf;

use serde::Serialize;

use crate::command::env::Env;
use crate::command::{abort, survey};
use crate::disk::hash;
use crate::disk::journal::{Begun, Journal};
use crate::error::{Error, Kind, Result};
use crate::flow::hash::Digest;

/// Go on with interrupted uploads
///
/// What is in the staging bucket already is not sent again. prepare does the same for its own file.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset; all of them when absent
    pub name: Option<String>,
    /// Send so many bytes a second at most, as in 2MB
    #[arg(long, value_name = "RATE")]
    pub limit_rate: Option<String>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What became of the uploads.
#[derive(Serialize)]
pub struct Resumed {
    /// Each of them.
    pub uploads: Vec<One>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
    /// Not all are over.
    #[serde(skip)]
    pub failure: Option<Kind>,
}

/// What became of one upload.
#[derive(Serialize)]
pub struct One {
    /// The dataset.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Bytes of it.
    pub size: u64,
    /// Bytes that were sent now.
    pub sent: Option<u64>,
    /// What went wrong, in the words of an error.
    pub error: Option<String>,
    /// What to type then.
    pub hints: Vec<String>,
}

/// Goes on with one dataset's uploads, or all.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Resumed> {
    let begun = abort::begun(env, args.name.as_deref())?;
    let (mut uploads, mut failures) = (Vec::new(), Vec::new());
    for begun in &begun {
        let mut one = One {
            name: begun.dataset.clone(),
            path: begun.path.clone(),
            size: begun.size,
            sent: None,
            error: None,
            hints: Vec::new(),
        };
        if !args.dry_run {
            match finish(env, begun) {
                Ok(sent) => (one.sent, one.hints) = (Some(sent), vec![proposing(env, begun)]),
                Err(error) => {
                    failures.push(error.kind);
                    (one.error, one.hints) = (Some(error.line()), error.hints);
                }
            }
        }
        uploads.push(one);
    }
    let any = uploads.iter().any(|one| one.sent.is_some());
    let failure = Kind::gravest(&failures).map(|gravest| if any { Kind::Partial } else { gravest });
    Ok(Resumed { uploads, dry_run: args.dry_run, failure })
}

fn finish(env: &Env<'_>, begun: &Begun) -> Result<u64> {
    let name = &begun.dataset;
    let staging = env.staging()?.address().to_string();
    if begun.bucket != staging {
        return Err(Error::user(format!("{name} was on its way to {}, and staging is {staging} now", begun.bucket))
            .hint(format!("git data abort {name}")));
    }
    let progress = env.around.progress.as_ref();
    progress.start(&format!("reading {name}"), begun.size);
    let hashed = hash::file(&begun.path, &|bytes| progress.advance(bytes));
    progress.finish();
    let hashed = hashed?;
    match Digest::from_hex(&begun.sha256).filter(|sha256| *sha256 == hashed.sha256) {
        Some(sha256) => survey::stage(env, name, &begun.path, &sha256, Some(&hashed)),
        None => Err(Error::user(format!("{} is not what it was when its upload began", begun.path.display()))
            .hint(proposing(env, begun))
            .hint(format!("git data abort {name}"))),
    }
}

/// The command that the upload was made for.
fn proposing(env: &Env<'_>, begun: &Begun) -> String {
    let name = &begun.dataset;
    let manifest = env.manifest_if_any().ok().flatten().unwrap_or_default();
    let own = manifest.datasets.get(name).map(|dataset| env.root.join(dataset.location(name)));
    if own.as_ref() == Some(&begun.path) {
        return format!("git data prepare {name}");
    }
    let path = begun.path.strip_prefix(&env.around.cwd).unwrap_or(&begun.path);
    format!("git data prepare {name} {}", path.display())
}

/// Uploads that are not over, for `status`.
#[derive(Serialize)]
pub struct Interrupted {
    /// The dataset.
    pub name: String,
    /// Bytes of the file.
    pub size: u64,
    /// Bytes of it that are known to have arrived.
    pub there: u64,
}

/// What this machine knows of uploads that are not over.
#[must_use]
pub fn interrupted(env: &Env<'_>) -> Vec<Interrupted> {
    let all = Journal::new(&env.data).all();
    let there = |begun: &Begun| {
        let cuts = crate::flow::part::cut(begun.size).zip(1u32..);
        cuts.filter(|(_, number)| begun.parts.contains_key(number)).map(|((_, size), _)| size).sum()
    };
    all.iter().map(|b| Interrupted { name: b.dataset.clone(), size: b.size, there: there(b) }).collect()
}
