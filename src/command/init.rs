//! `init`: the few lines that make a repository one that versions data. Changes nothing that it does not show.

use serde::Serialize;

use crate::command::env::{Env, MANIFEST, SHARED, shared_pairs};
use crate::command::workflows::{self, Buckets};
use crate::disk::{file, lines};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::manifest::print;
use crate::flow::manifest::types::Manifest;
use crate::git::Git;

/// Make this repository version data
///
/// Asks for the buckets on a terminal. Existing files are added to, never replaced.
#[derive(clap::Args, Debug, Default)]
pub struct Args {
    /// Bucket that proposals go to: s3://BUCKET/PREFIX, file:///PATH or file:DIR
    #[arg(long, value_name = "URL")]
    pub staging: Option<String>,
    /// Bucket of published versions
    #[arg(long, value_name = "URL")]
    pub production: Option<String>,
    /// URL of an S3 server that is not AWS
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Region of the buckets
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Where production can be read without credentials
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Say what would be done and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// What the host is to do.
    #[command(flatten)]
    pub host: workflows::HostArgs,
}

/// What was (or would be) written.
#[derive(Serialize)]
pub struct Initialised {
    /// Each file and what happens to it.
    pub files: Vec<FileChange>,
    /// What to do next.
    pub next: Vec<String>,
    /// Nothing was changed: this is the plan.
    pub dry_run: bool,
}

/// A file and the lines that it gains.
#[derive(Serialize)]
pub struct FileChange {
    /// From the repository's root.
    pub path: String,
    /// Whether it is new.
    pub new: bool,
    /// The lines; none where nothing is missing.
    pub lines: Vec<String>,
}

const ATTRIBUTES: [&str; 2] = ["manifest.json text eol=lf merge=git-data", "diffs/** linguist-generated"];
const EXAMPLE: &str = "\
# Copy to .env (never committed) when your keys are not in an AWS profile or the environment.
# Cloudflare R2: an API token that reads and writes the staging bucket and reads production.
R2_ACCOUNT_ID=\"\"
R2_ACCESS_KEY_ID=\"\"
R2_SECRET_ACCESS_KEY=\"\"
R2_PRODUCTION_BUCKET=\"\"
R2_STAGING_BUCKET=\"\"
# Only for a private production bucket that another key reads:
# R2_PRODUCTION_ACCESS_KEY_ID=\"\"
# R2_PRODUCTION_SECRET_ACCESS_KEY=\"\"
";

/// Writes what is missing.
pub fn run(env: &Env<'_>, args: &Args) -> Result<Initialised> {
    let settings = settings(env, args)?;
    let files = [shared(env, &settings)?, attributes(env)?, ignore(env, &settings)?, example(env)?, manifest(env)?];
    let mut files: Vec<FileChange> = files.into_iter().flatten().collect();
    let buckets = Buckets { staging: &settings.staging, production: &settings.production, pairs: &settings.pairs };
    let mut host = workflows::plan(env, &args.host, &buckets)?;
    files.append(&mut host.files);
    let mut next = next(&files);
    next.append(&mut host.next);
    let done = Initialised { next, files, dry_run: args.dry_run };
    if args.dry_run {
        return Ok(done);
    }
    let _lock = env.lock("init")?;
    workflows::make_room(&env.root, &done.files)?;
    host.write_policies()?;
    for change in done.files.iter().filter(|c| !c.lines.is_empty()) {
        if change.new {
            let text: String = change.lines.iter().map(|l| format!("{l}\n")).collect();
            env.write(&change.path, &text)?;
        } else {
            let added: Vec<&str> = change.lines.iter().map(String::as_str).collect();
            lines::ensure(&env.tmp(), &env.root.join(&change.path), &added)?;
        }
    }
    for address in [&settings.staging, &settings.production] {
        if let Address::Directory { path } = address {
            file::create_folder(&env.root.join(path))?;
        }
    }
    let written: Vec<&str> = done.files.iter().filter(|c| !c.lines.is_empty()).map(|c| c.path.as_str()).collect();
    Git::at(&env.root).add(&written)?;
    Ok(done)
}

struct Chosen {
    staging: Address,
    production: Address,
    pairs: Vec<(&'static str, String)>,
}

/// The flags, completed by what is set already.
fn settings(env: &Env<'_>, args: &Args) -> Result<Chosen> {
    let given = |flag: &Option<String>, name: &str| flag.clone().or_else(|| env.settings.get(name).map(str::to_owned));
    let need = |flag: &Option<String>, name: &str, option: &str| {
        given(flag, name).ok_or_else(|| {
            Error::usage(format!(
                "which bucket do {} go to? {option} is missing",
                if option == "--staging" { "proposals" } else { "published versions" }
            ))
            .hint("git data init --staging s3://TEAM-staging --production s3://TEAM-production")
            .hint("git data init --staging file:.buckets/staging --production file:.buckets/production   (a sandbox)")
        })
    };
    let staging_url = need(&args.staging, "data.staging", "--staging")?;
    let production_url = need(&args.production, "data.production", "--production")?;
    let staging = Address::parse(&staging_url)?;
    let production = Address::parse(&production_url)?;
    if staging == production {
        return Err(Error::user(format!("staging and production are both {staging}"))
            .hint("use two buckets, or two prefixes with keys that cannot write each other's"));
    }
    let mut pairs = vec![("staging", staging_url), ("production", production_url)];
    for (name, key, flag) in [
        ("endpoint", "data.endpoint", &args.endpoint),
        ("region", "data.region", &args.region),
        ("publicUrl", "data.publicurl", &args.public_url),
    ] {
        if let Some(value) = given(flag, key) {
            pairs.push((name, value));
        }
    }
    Ok(Chosen { staging, production, pairs })
}

/// `.gitdata`; one that is there and says something else is not overwritten.
fn shared(env: &Env<'_>, chosen: &Chosen) -> Result<Option<FileChange>> {
    let there = file::read(&env.root.join(SHARED))?;
    if there.is_none() {
        let mut lines = vec![
            "# Settings of git data, shared by everybody. Never put a credential here.".to_owned(),
            "[data]".to_owned(),
        ];
        lines.extend(chosen.pairs.iter().map(|(name, value)| format!("\t{name} = {}", quoted(value))));
        return Ok(Some(FileChange { path: SHARED.to_owned(), new: true, lines }));
    }
    let pairs = shared_pairs(&env.root)?;
    let value = |name: &str| {
        let full = format!("data.{}", name.to_ascii_lowercase());
        pairs.iter().rev().find(|(n, _)| *n == full).map(|(_, v)| v.clone())
    };
    let mut missing = Vec::new();
    for (name, wanted) in &chosen.pairs {
        match value(name) {
            Some(found) if found == *wanted => {}
            Some(found) => {
                return Err(Error::user(format!("{SHARED} says {name} = {found}; it was not changed to {wanted}"))
                    .hint(format!("git config -f {SHARED} data.{name} {wanted}")));
            }
            None => missing.push(format!("\t{name} = {}", quoted(wanted))),
        }
    }
    if !missing.is_empty() {
        missing.insert(0, "[data]".to_owned());
    }
    Ok(Some(FileChange { path: SHARED.to_owned(), new: false, lines: missing }))
}

/// A value as git-config wants it.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._/:".contains(c);
    if value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}

fn attributes(env: &Env<'_>) -> Result<Option<FileChange>> {
    missing_lines(env, ".gitattributes", &ATTRIBUTES.map(str::to_owned))
}

/// `.env`, and the directories of a sandbox.
fn ignore(env: &Env<'_>, chosen: &Chosen) -> Result<Option<FileChange>> {
    let mut wanted = vec!["/.env".to_owned()];
    for address in [&chosen.staging, &chosen.production] {
        if let Address::Directory { path } = address
            && !path.starts_with('/')
            && !path.starts_with("..")
            && !env.repo.is_ignored(path)?
        {
            wanted.push(format!("/{}/", path.trim_start_matches("./").trim_end_matches('/')));
        }
    }
    missing_lines(env, ".gitignore", &wanted)
}

fn missing_lines(env: &Env<'_>, path: &str, wanted: &[String]) -> Result<Option<FileChange>> {
    let there = file::read(&env.root.join(path))?;
    let text = there.as_deref().map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let has = |line: &String| text.lines().any(|l| l.trim_end() == line);
    let lines: Vec<String> = wanted.iter().filter(|l| !has(l)).cloned().collect();
    Ok(Some(FileChange { path: path.to_owned(), new: there.is_none(), lines }))
}

fn example(env: &Env<'_>) -> Result<Option<FileChange>> {
    let there = file::read(&env.root.join(".env.example"))?.is_some();
    let lines = if there { Vec::new() } else { EXAMPLE.lines().map(str::to_owned).collect() };
    Ok(Some(FileChange { path: ".env.example".to_owned(), new: !there, lines }))
}

fn manifest(env: &Env<'_>) -> Result<Option<FileChange>> {
    if env.manifest_if_any()?.is_some() {
        return Ok(Some(FileChange { path: MANIFEST.to_owned(), new: false, lines: Vec::new() }));
    }
    let lines = print::print(&Manifest::default()).lines().map(str::to_owned).collect();
    Ok(Some(FileChange { path: MANIFEST.to_owned(), new: true, lines }))
}

fn next(files: &[FileChange]) -> Vec<String> {
    let mut next = Vec::new();
    if files.iter().any(|f| !f.lines.is_empty()) {
        next.push("git commit -m 'data: version data with git data'".to_owned());
    }
    next.push("git data verify".to_owned());
    next.push("git data prepare NAME FILE".to_owned());
    next
}
