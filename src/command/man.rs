//! `man`: the pages of the manual, printed, or put where `man` and `git data --help` find them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::command::env::Surroundings;
use crate::disk::{atomic, file};
use crate::error::{Error, Result};
use crate::flow::proposal::quoted;
use crate::process::Run;

/// A page of the manual.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// Its name, as in `git-data-prepare`.
    pub name: String,
    /// What `man` reads.
    pub text: String,
}

/// Print a page of the manual, or install all of them
///
/// git opens `git data --help` and `git help data` with man(1): with --install it finds the pages.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// The page to print: a verb, or a name like git-data-publish-run; the front page when absent
    #[arg(conflicts_with_all = ["install", "uninstall", "dir"])]
    pub page: Option<String>,
    /// Put all pages where man looks for those of this user
    #[arg(long)]
    pub install: bool,
    /// Remove them from there
    #[arg(long, conflicts_with = "install")]
    pub uninstall: bool,
    /// Put them into this folder, or remove them from it
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What came of it.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Manual {
    /// One page, to be printed.
    Page(Sheet),
    /// Pages that were written or removed.
    Pages(Pages),
}

/// Pages in a folder.
#[derive(Serialize)]
pub struct Pages {
    /// Where.
    pub folder: PathBuf,
    /// Their files.
    pub files: Vec<String>,
    /// They were removed, not written.
    pub removed: bool,
    /// What is to be typed before `man` finds them.
    pub next: Vec<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// Prints, writes or removes what `sheets` holds.
pub fn run(around: &Surroundings, args: &Args, sheets: Vec<Sheet>) -> Result<Manual> {
    if !args.install && !args.uninstall && args.dir.is_none() {
        return page(args.page.as_deref().unwrap_or("git-data"), sheets).map(Manual::Page);
    }
    let folder = match &args.dir {
        Some(dir) => around.cwd.join(dir),
        None => folder(around)?,
    };
    let mut files = Vec::new();
    for sheet in &sheets {
        let name = format!("{}.1", sheet.name);
        if args.uninstall && !file::exists(&folder.join(&name))? {
            continue;
        }
        match (args.dry_run, args.uninstall) {
            (true, _) => {}
            (false, true) => file::remove(&folder, &name)?,
            (false, false) => {
                file::create_folder(&folder)?;
                atomic::write(&folder.join(&name), sheet.text.as_bytes())?;
            }
        }
        files.push(name);
    }
    let look = args.install && args.dir.is_none() && !args.dry_run;
    let next = if look { finding(&folder) } else { Vec::new() };
    Ok(Manual::Pages(Pages { folder, files, removed: args.uninstall, next, dry_run: args.dry_run }))
}

fn page(asked: &str, sheets: Vec<Sheet>) -> Result<Sheet> {
    let full = format!("git-data-{asked}");
    let verbs: Vec<String> = sheets.iter().map(|sheet| sheet.name.trim_start_matches("git-data-").to_owned()).collect();
    sheets
        .into_iter()
        .find(|sheet| sheet.name == asked || sheet.name == full)
        .ok_or_else(|| Error::user(format!("there is no page {asked}")).hint(format!("one of {}", verbs.join(", "))))
}

/// Where `man` looks for pages of this user.
fn folder(around: &Surroundings) -> Result<PathBuf> {
    let data = around.variable("XDG_DATA_HOME").map(PathBuf::from).filter(|dir| dir.is_absolute());
    let data = data.or_else(|| Some(Path::new(around.variable("HOME")?).join(".local/share")));
    let data = data.ok_or_else(|| {
        Error::user("there is no home to install pages in: HOME is not set").hint("git data man --dir FOLDER")
    })?;
    Ok(data.join("man/man1"))
}

/// Asks `man` whether it looks there; what to type if it does not.
fn finding(folder: &Path) -> Vec<String> {
    let found = Run::new("man").args(["-w", "git-data"]).timeout(Duration::from_secs(20)).output();
    let Ok(ran) = found else { return vec!["install man: without it git data help VERB shows the same".to_owned()] };
    if ran.ok() && ran.text().lines().any(|line| Path::new(line).starts_with(folder)) {
        return Vec::new();
    }
    let above = folder.parent().unwrap_or(folder).display().to_string();
    // An empty entry stands for what man would look at by itself.
    vec![format!("export MANPATH={}:\"$MANPATH\"", quoted(&above))]
}
