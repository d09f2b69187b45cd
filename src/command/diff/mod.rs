//! `diff`: what changed inside datasets, between versions, commits, proposals and files.

mod compared;
mod sides;

use std::path::PathBuf;

use serde::Serialize;

use crate::command::env::{Env, Surroundings};
use crate::command::preview::{self, Limits, Wish};
use crate::error::{Error, Kind, Result};
use crate::flow::diff::gate::{Rule, Violation};

pub use self::compared::{Compared, Outcome};

/// Show what changed inside datasets
///
/// Without A..B: the files here, beside the versions that were last pulled or prepared.
/// A..B are two commits, A...B begins where they parted, A alone is compared with the files here, and v1..v2 are versions of the one dataset that is named.
/// Rows are paired by a key: the one that is declared, else the table's own, else one that its values suggest; which one is always said.
#[derive(clap::Args, Debug)]
#[command(after_help = "Exit code 0, whether they differ or not; with --exit-code 1 if a value differs.")]
pub struct Args {
    /// Two commits or two versions, or one commit
    #[arg(value_name = "A..B", conflicts_with = "files")]
    pub range: Option<String>,
    /// Only these datasets
    #[arg(last = true, value_name = "NAME")]
    pub names: Vec<String>,
    /// Two files, wherever they are
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["names", "staged"])]
    pub files: Vec<PathBuf>,
    /// Proposals, each beside the version it was made from
    #[arg(long)]
    pub staged: bool,
    /// Columns that identify a row
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub key: Vec<String>,
    /// Numbers so near to each other count apart: 0.01, 1%, or COLUMN=0.01
    #[arg(long, value_name = "BOUND", value_delimiter = ',')]
    pub tolerance: Vec<String>,
    /// Count rows that stand in another order
    #[arg(long)]
    pub order: bool,
    /// How it is told; --json is the same as json
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "term")]
    pub format: Format,
    /// Write it into a file instead
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show so many changed rows; 0 shows all
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub rows: usize,
    /// Exit with 1 if a value differs
    #[arg(long)]
    pub exit_code: bool,
    /// Exit with 1 if a rule is broken: no-dropped-column, removed-rows<0.1%, …
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// Memory for sorting and pairing
    #[arg(long, value_name = "SIZE", default_value = "256MiB")]
    pub memory: String,
}
