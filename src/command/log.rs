//! `log`: the versions of a dataset, newest first.

use serde::Serialize;

use crate::command::env::Env;
use crate::command::list::{VersionRow, version_row};
use crate::command::view::View;
use crate::error::Result;

/// Show the versions of a dataset, or of all
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The dataset; all of them when absent
    pub name: Option<String>,
    /// At most so many versions of each
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub limit: Option<usize>,
}

/// The history of some datasets.
#[derive(Serialize)]
pub struct History {
    /// By name.
    pub datasets: Vec<Versions>,
}

/// The history of one dataset.
#[derive(Serialize)]
pub struct Versions {
    /// Its name.
    pub name: String,
    /// Newest first.
    pub versions: Vec<VersionRow>,
}

/// Reads the manifest.
pub fn run(env: &Env<'_>, args: &Args) -> Result<History> {
    let view = View::open(env)?;
    if let Some(name) = &args.name {
        view.dataset(name)?;
    }
    let wanted = |name: &String| args.name.as_ref().is_none_or(|n| n == name);
    let limit = args.limit.unwrap_or(usize::MAX);
    let datasets = view.manifest.datasets.iter().filter(|(name, _)| wanted(name));
    let datasets = datasets.map(|(name, dataset)| Versions {
        name: name.clone(),
        versions: dataset.versions.iter().take(limit).map(|e| version_row(&view, name, e)).collect(),
    });
    Ok(History { datasets: datasets.collect() })
}
