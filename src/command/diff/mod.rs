//! `diff`: what changed inside datasets, between versions, commits, proposals and files.

mod compared;
pub mod driver;
mod patched;
pub mod sheet;
mod sides;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::command::env::{Env, Surroundings};
use crate::command::preview::Seen;
use crate::error::{Error, Kind, Result};
use crate::flow::diff::gate::{self, Rule, Said};
use crate::flow::diff::json::json as found_json;
use crate::flow::hash::Digest;

pub use self::compared::Paths;
pub(in crate::command) use self::compared::{Comparing, dataset};
pub use self::patched::{Patched, files as patch_of_files, run as patch};
pub(in crate::command) use self::sides::{Lying, Pair, Recorded, Side};

/// Show what changed inside datasets
///
/// Without A..B: the files here, beside the versions that were last pulled or prepared.
/// A..B are two commits, A...B begins where they parted, A alone is compared with the files here, and v1..v2 are versions
/// of the one dataset that is named.
///
/// Rows are paired by a key: the one that is declared, else the table's own, else one that its values suggest.
/// Which one it was is always said. The exit code is 0 whether anything differs or not.
#[derive(clap::Args, Debug)]
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
    /// Count numbers that lie so near to each other apart: 0.01, 1%, or COLUMN=0.01
    #[arg(long, value_name = "BOUND", value_delimiter = ',')]
    pub tolerance: Vec<String>,
    /// Count rows that stand in another order
    #[arg(long)]
    pub order: bool,
    /// How it is told; --json is the same as json
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Write the patch to a file; one of a Parquet file has to be written to one
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Show so many changes of a table; 0 shows all that are kept
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub rows: usize,
    /// Exit with 1 if a value differs
    #[arg(long)]
    pub exit_code: bool,
    /// Exit with 1 if one of these is so: dropped-column, removed-rows>0.1%, …
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub fail_on: Vec<String>,
    /// About how much memory a comparison may hold
    #[arg(long, value_name = "SIZE", default_value = "256M")]
    pub memory: String,
}

/// How a comparison is told.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal
    #[default]
    Term,
    /// Markdown, as in a pull request
    Md,
    /// For programs
    Json,
    /// A page of its own, which needs no network
    Html,
    /// SQL that makes the newer database of the older one
    Sql,
    /// What `git data apply` takes: the changed rows of one text table or Parquet file
    Patch,
}

impl Args {
    /// Whether a patch is asked for, and not a page.
    pub fn patches(&self) -> Result<bool> {
        let is = self.format == Some(Format::Patch);
        if self.output.is_some() && !is {
            return Err(Error::usage("-o goes with --format patch").hint("git data diff --format html > FILE.html"));
        }
        if is && (self.exit_code || !self.fail_on.is_empty()) {
            return Err(Error::usage("--exit-code and --fail-on do not go with --format patch"));
        }
        Ok(is)
    }
}

/// What was compared.
pub struct Diffed {
    /// Each dataset.
    pub datasets: Vec<One>,
    /// How it is to be told.
    pub format: Format,
    /// So many changes are shown.
    pub rows: usize,
    /// Two files were compared, and no datasets.
    pub alone: bool,
    /// What the exit code says beside the result.
    pub failure: Option<Kind>,
    /// Worth knowing.
    pub notes: Vec<String>,
}

/// One dataset, or two files.
pub struct One {
    /// Its name.
    pub name: String,
    /// What the older side is called; none where there is none.
    pub old: Option<String>,
    /// What the newer side is called.
    pub new: Option<String>,
    /// The digests, where they are known.
    pub digests: [Option<Digest>; 2],
    /// What came out.
    pub result: Outcome,
}

/// What came out of one comparison.
pub enum Outcome {
    /// Both sides are the same bytes.
    Same,
    /// Only one side is there.
    Alone,
    /// Both were read.
    Seen(Seen),
    /// Directories: paths, and the tables among the changed ones.
    Tree(Paths),
}

/// Compares datasets.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Diffed> {
    let (rules, comparing) = (rules(args)?, Comparing::new(args, env.tmp())?);
    let mut datasets = Vec::new();
    for pair in sides::pairs(env, args)? {
        datasets.extend(dataset(env, &comparing, &pair)?);
    }
    Ok(told(args, &rules, datasets, false))
}

/// Compares two files, for which no repository is needed.
pub fn files(around: &Surroundings, args: &Args) -> Result<Diffed> {
    let [old, new] = &args.files[..] else { return Err(Error::usage("--files needs two files")) };
    let (rules, comparing) = (rules(args)?, Comparing::new(args, temporary(around))?);
    Ok(told(args, &rules, vec![compared::files(around, &comparing, old, new)?], true))
}

/// Where scratch files lie where there is no repository.
pub(in crate::command) fn temporary(around: &Surroundings) -> PathBuf {
    let folder = ["TMPDIR", "TEMP", "TMP"].into_iter().find_map(|name| around.variable(name));
    PathBuf::from(folder.unwrap_or("/tmp"))
}

fn rules(args: &Args) -> Result<Vec<Rule>> {
    gate::parse(&args.fail_on.join(","), Said::Unwanted)
}

fn told(args: &Args, rules: &[Rule], datasets: Vec<One>, alone: bool) -> Diffed {
    let (mut notes, mut failure, mut broken) = (Vec::new(), None, false);
    for one in &datasets {
        for seen in one.seen() {
            match seen {
                Seen::Tables(found) => {
                    let found = gate::judge(rules, found);
                    broken |= !found.is_empty();
                    notes.extend(found.into_iter().map(|rule| format!("{}: {rule}", one.name)));
                }
                Seen::Unavailable(why) => {
                    notes.push(format!("{}: not compared: {why}", one.name));
                    failure = Some(Kind::Partial);
                }
                Seen::Lines(_) | Seen::Opaque => {}
            }
        }
    }
    let differs = args.exit_code && datasets.iter().any(One::differs);
    if failure.is_none() && (broken || differs) {
        failure = Some(Kind::User);
    }
    let format = args.format.unwrap_or_default();
    Diffed { datasets, format, rows: args.rows, alone, failure, notes }
}

impl One {
    /// Everything that was read of it.
    pub fn seen(&self) -> Vec<&Seen> {
        match &self.result {
            Outcome::Seen(seen) => vec![seen],
            Outcome::Tree(paths) => paths.tables.iter().map(|(_, seen)| seen).collect(),
            Outcome::Same | Outcome::Alone => Vec::new(),
        }
    }

    /// Whether a value differs, as far as could be seen.
    fn differs(&self) -> bool {
        match &self.result {
            Outcome::Same => false,
            Outcome::Seen(Seen::Tables(found)) => found.differs(),
            Outcome::Alone | Outcome::Seen(_) | Outcome::Tree(_) => true,
        }
    }

    fn json(&self) -> Json {
        let mut all = match &self.result {
            Outcome::Same => json!({"same": true}),
            Outcome::Alone => json!({"whole": if self.old.is_none() { "added" } else { "removed" }}),
            Outcome::Seen(seen) => seen_json(seen),
            Outcome::Tree(paths) => paths.json(),
        };
        for (member, label, digest) in [("old", &self.old, &self.digests[0]), ("new", &self.new, &self.digests[1])] {
            if label.is_some() || digest.is_some() {
                all[member] = json!({"label": label});
                if let Some(digest) = digest {
                    all[member]["sha256"] = json!(digest);
                }
            }
        }
        all["name"] = json!(self.name);
        all
    }
}

/// What was seen of a file, for programs.
pub(crate) fn seen_json(seen: &Seen) -> Json {
    match seen {
        Seen::Tables(found) => found_json(found),
        Seen::Lines(lines) => json!({"format": "text", "lines": lines}),
        Seen::Opaque => json!({"format": "other"}),
        Seen::Unavailable(why) => json!({"unavailable": why}),
    }
}

impl Serialize for Diffed {
    fn serialize<S: serde::Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        match &self.datasets[..] {
            [one] if self.alone => one.json().serialize(to),
            all => json!({"datasets": all.iter().map(One::json).collect::<Vec<_>>()}).serialize(to),
        }
    }
}
