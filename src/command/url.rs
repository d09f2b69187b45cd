//! `url`: a link to a version that a browser, `curl` or DuckDB can open.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::fetch::Want;
use crate::command::tree;
use crate::command::view::View;
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::hash::Digest;
use crate::flow::publication;
use crate::flow::settings;
use crate::flow::state::Effective;
use crate::flow::version::Version;

/// Print a link to a version
///
/// With a public URL configured the link is permanent and needs no credentials. Else it is signed and ends with --for.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset
    pub name: String,
    /// Of a directory: a file in it
    pub path: Option<String>,
    /// This version instead of the latest
    #[arg(long, value_name = "vN")]
    pub version: Option<String>,
    /// How long a signed link works, at most 7d
    #[arg(long = "for", value_name = "TIME", default_value = "1h")]
    pub lasting: String,
}

/// A link.
#[derive(Serialize)]
pub struct Link {
    /// The dataset.
    pub name: String,
    /// The version.
    pub version: Version,
    /// The digest of what it leads to.
    pub sha256: Digest,
    /// The link.
    pub url: String,
    /// Seconds until it ends; none for a permanent one.
    pub expires: Option<u64>,
    /// `published`, `merged` or `retired`.
    pub state: String,
}

/// Makes the link; the network is asked only where a file of a directory lies.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Link> {
    let view = View::open(env)?;
    let dataset = view.dataset(&args.name)?;
    let name = &args.name;
    let entry = match &args.version {
        Some(version) => view.entry(name, version)?,
        None => view.latest(name, dataset).ok_or_else(|| {
            Error::user(format!("{name} has no live version to link to")).hint(format!("git data log {name}"))
        })?,
    };
    let effective = view.effective(name, entry);
    if !matches!(effective, Effective::Published | Effective::Merged | Effective::Retired) {
        return Err(Error::user(format!(
            "{name} {} is {}: production does not hold it",
            entry.version,
            effective.word()
        ))
        .hint(format!("git data log {name}")));
    }
    let (key, sha256) = match &args.path {
        Some(path) => tree::lies_at(
            env,
            &Want { name, dataset, entry, effective: effective.clone(), staged: false, wait: 0 },
            path,
        )?,
        None => {
            let key = publication::target(name, dataset, entry);
            let why = |why| Error::user(format!("{name} {} has no link: {why}", entry.version));
            (key.map_err(why)?, entry.sha256)
        }
    };
    let seconds = settings::duration(&args.lasting)?;
    if !(1..=604_800).contains(&seconds) {
        return Err(Error::usage(format!("--for {}: a signed link works for 1s to 7d", args.lasting))
            .hint(format!("git data url {name} --for 7d")));
    }
    let signed = env.settings.get("data.publicurl").is_none()
        && matches!(env.settings.bucket("data.production")?, Address::S3 { .. });
    Ok(Link {
        name: name.clone(),
        version: entry.version,
        sha256,
        url: env.production()?.link(&key, seconds)?,
        expires: signed.then_some(seconds),
        state: effective.word().to_owned(),
    })
}
