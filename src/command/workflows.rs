//! The part of `init` for the host: workflow files, the publisher that they install, and the policies of the buckets.

use std::path::{Path, PathBuf};

use crate::command::env::{Env, SHARED, shared_pairs};
use crate::command::init::FileChange;
use crate::disk::{atomic, file};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::compare::{self, Host};
use crate::flow::policy;
use crate::flow::proposal::quoted;
use crate::flow::workflow::{self, Names, Provider, Publisher, Setup};

const FOLDER: &str = ".github/workflows";

/// What `init` may be told about the host.
#[derive(clap::Args, Debug, Default, Clone)]
pub struct HostArgs {
    /// Write the workflows of GitHub Actions (by itself where the remote is on GitHub)
    #[arg(long, conflicts_with = "no_workflows", help_heading = "Workflows and rights")]
    pub workflows: bool,
    /// Write no workflows
    #[arg(long, help_heading = "Workflows and rights")]
    pub no_workflows: bool,
    /// Publisher that workflows install: a release as VERSION:SHA256, or the 40 hex digits of a revision
    #[arg(long, value_name = "WHICH", help_heading = "Workflows and rights")]
    pub publisher: Option<String>,
    /// Repository that the publisher is released or built from
    #[arg(long, value_name = "URL", help_heading = "Workflows and rights")]
    pub publisher_repository: Option<String>,
    /// Workflows take the buckets from variables of the repository on the host
    #[arg(long, help_heading = "Workflows and rights")]
    pub variables: bool,
    /// The publishing workflow has GitHub attest what was published
    #[arg(long, help_heading = "Workflows and rights")]
    pub attest: bool,
    /// The host's number of this repository: gh api repos/OWNER/NAME --jq .id
    #[arg(long, value_name = "ID", help_heading = "Workflows and rights")]
    pub repository_id: Option<String>,
    /// Number of the AWS account of the roles
    #[arg(long, value_name = "ID", help_heading = "Workflows and rights")]
    pub account: Option<String>,
    /// Write the policies of the buckets and roles into this folder
    #[arg(long, value_name = "DIR", help_heading = "Workflows and rights")]
    pub policies: Option<PathBuf>,
}

/// What is to be done for the host.
#[derive(Default)]
pub struct Plan {
    /// Files of the repository.
    pub files: Vec<FileChange>,
    /// Files outside git's care: whole path and text.
    pub policies: Vec<(PathBuf, String)>,
    /// What to do next.
    pub next: Vec<String>,
}

impl Plan {
    /// Writes the policies; the files of the repository are written with those of `init`.
    pub fn write_policies(&self) -> Result<()> {
        for (path, text) in &self.policies {
            file::create_folder(path.parent().unwrap_or(Path::new("")))?;
            atomic::write(path, text.as_bytes())?;
        }
        Ok(())
    }
}

/// Makes the folder of the workflows, if one is to be written.
pub fn make_room(root: &Path, files: &[FileChange]) -> Result<()> {
    if files.iter().any(|change| change.new && change.path.starts_with(FOLDER)) {
        file::create_folder(&root.join(FOLDER))?;
    }
    Ok(())
}

/// The two buckets and the settings that go with them.
pub struct Buckets<'a> {
    /// Where proposals go.
    pub staging: &'a Address,
    /// Where published versions lie.
    pub production: &'a Address,
    /// Names and values, as they go into `.gitdata`.
    pub pairs: &'a [(&'static str, String)],
}

/// Decides what to write; changes nothing.
pub fn plan(env: &Env<'_>, args: &HostArgs, buckets: &Buckets<'_>) -> Result<Plan> {
    let mut plan = Plan::default();
    let host = github(env)?;
    let folders = matches!(buckets.production, Address::Directory { .. });
    let by_itself = host.is_some() && !folders && !args.no_workflows;
    if !args.workflows && !by_itself && args.policies.is_none() {
        return Ok(plan);
    }
    let Some(publisher) = publisher(env, args)? else {
        let which = "git data init --workflows --publisher-repository URL --publisher REVISION";
        if args.workflows {
            return Err(Error::usage("which publisher do the workflows install?")
                .because("they install exactly one: a release by its SHA-256, or one revision; never the latest")
                .hint(which)
                .hint("git data init --workflows --publisher-repository URL --publisher VERSION:SHA256"));
        }
        if args.policies.is_none() {
            plan.next.push(format!("{which}   (the workflows that check and publish)"));
            return Ok(plan);
        }
        return policies(plan, env, args, buckets, &setup(env, args, buckets, host, unknown_publisher())?);
    };
    let setup = setup(env, args, buckets, host, publisher)?;
    if args.workflows || by_itself {
        workflows(&mut plan, env, &setup)?;
        plan.files.extend(shared(env, &setup)?);
    }
    policies(plan, env, args, buckets, &setup)
}

/// Policies do not depend on it.
fn unknown_publisher() -> Publisher {
    Publisher::Source { repository: String::new(), revision: String::new() }
}

/// The repository's name on GitHub, if it is there.
fn github(env: &Env<'_>) -> Result<Option<String>> {
    let Some(url) = env.repo.remote_url(env.settings.remote())? else { return Ok(None) };
    let web = compare::web(&url).filter(|web| compare::host_of(web) == Some(Host::GitHub));
    Ok(web.map(|web| web.path))
}

fn setup(
    env: &Env<'_>,
    args: &HostArgs,
    buckets: &Buckets<'_>,
    repository: Option<String>,
    publisher: Publisher,
) -> Result<Setup> {
    let value = |name: &str| buckets.pairs.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
    let endpoint = value("endpoint");
    let provider = match (buckets.production, endpoint.as_deref()) {
        (Address::Directory { .. }, _) => Provider::Directory,
        (_, None) => Provider::Aws,
        (_, Some(url)) if url.contains(".amazonaws.com") => Provider::Aws,
        (_, Some(url)) if url.contains(".r2.cloudflarestorage.com") => Provider::R2,
        _ => Provider::Other,
    };
    let names = [
        ("GIT_DATA_STAGING", value("staging")),
        ("GIT_DATA_PRODUCTION", value("production")),
        ("GIT_DATA_ENDPOINT", endpoint),
        ("GIT_DATA_REGION", value("region")),
    ];
    let literal = || Names::Literal(names.into_iter().filter_map(|(name, value)| Some((name, value?))).collect());
    Ok(Setup {
        provider,
        names: if args.variables { Names::Variables } else { literal() },
        publisher,
        branch: env.default_branch()?.unwrap_or_else(|| "main".to_owned()),
        repository,
        repository_id: args.repository_id.clone(),
        attest: attests(env, args)?,
        account: args.account.clone(),
    })
}

/// Whether attestations are wanted: said now, or set by an earlier `init`.
fn attests(env: &Env<'_>, args: &HostArgs) -> Result<bool> {
    Ok(args.attest || env.settings.flag("publish.attest")?.unwrap_or(false))
}

/// What was said now, else what is set; the project's own repository where none is named.
fn publisher(env: &Env<'_>, args: &HostArgs) -> Result<Option<Publisher>> {
    let set = |name: &str| env.settings.get(name).map(str::to_owned);
    let home = Some(env!("CARGO_PKG_REPOSITORY").to_owned()).filter(|url| !url.is_empty());
    let repository = args.publisher_repository.clone().or_else(|| set("publish.repository")).or(home);
    let which = match (&args.publisher, set("publish.version"), set("publish.sha256"), set("publish.revision")) {
        (Some(which), ..) => which.clone(),
        (None, Some(_), _, Some(_)) => {
            return Err(Error::user(format!("{SHARED} names two publishers, a version and a revision"))
                .hint(format!("git config -f {SHARED} --unset publish.revision")));
        }
        (None, Some(version), sha256, None) => format!("{version}:{}", sha256.unwrap_or_default()),
        (None, None, _, Some(revision)) => revision,
        (None, None, _, None) => return Ok(None),
    };
    let Some(repository) = repository else {
        return Err(Error::usage("which repository is the publisher released or built from?")
            .hint("git data init --workflows --publisher-repository https://…"));
    };
    Ok(Some(match which.split_once(':') {
        Some((version, sha256)) => Publisher::Release {
            repository,
            version: version.trim_start_matches('v').to_owned(),
            sha256: sha256.to_ascii_lowercase(),
        },
        None => Publisher::Source { repository, revision: which.to_ascii_lowercase() },
    }))
}

/// The lines of `.gitdata` that say which publisher, and what it does besides; what is there and says something else is not changed.
fn shared(env: &Env<'_>, setup: &Setup) -> Result<Option<FileChange>> {
    let (mut wanted, others): (Vec<(&str, &str)>, &[&str]) = match &setup.publisher {
        Publisher::Release { repository, version, sha256 } => {
            (vec![("repository", repository), ("version", version), ("sha256", sha256)], &["revision"])
        }
        Publisher::Source { repository, revision } => {
            (vec![("repository", repository), ("revision", revision)], &["version", "sha256"])
        }
    };
    if setup.attest {
        wanted.push(("attest", "true"));
    }
    let pairs = shared_pairs(&env.root)?;
    let there = |name: &&&str| pairs.iter().any(|(n, _)| *n == format!("publish.{name}"));
    if let Some(other) = others.iter().find(there) {
        return Err(Error::user(format!("{SHARED} says which publisher by publish.{other}; it was not changed"))
            .hint(format!("git config -f {SHARED} --remove-section publish")));
    }
    let mut lines = Vec::new();
    for (name, value) in wanted {
        match pairs.iter().rev().find(|(n, _)| *n == format!("publish.{name}")) {
            Some((_, found)) if found == value => {}
            Some((_, found)) => {
                return Err(Error::user(format!("{SHARED} says publish.{name} = {found}; it was not changed"))
                    .hint(format!("git config -f {SHARED} publish.{name} {}", quoted(value))));
            }
            None => lines.push(format!("\t{name} = {value}")),
        }
    }
    if lines.is_empty() {
        return Ok(None);
    }
    lines.insert(0, "[publish]".to_owned());
    Ok(Some(FileChange { path: SHARED.to_owned(), new: false, lines }))
}

/// A workflow that is there is never replaced; one that differs is named.
fn workflows(plan: &mut Plan, env: &Env<'_>, setup: &Setup) -> Result<()> {
    for workflow in workflow::render(setup)? {
        let path = format!("{FOLDER}/{}", workflow.name);
        let there = file::read(&env.root.join(&path))?;
        for action in &workflow.unpinned {
            plan.next.push(format!("UNPINNED: {path} uses {action}; write the 40 hex digits of its commit there"));
        }
        let lines = match there {
            None => workflow.text.lines().map(str::to_owned).collect(),
            Some(ref bytes) if *bytes == workflow.text.as_bytes() => Vec::new(),
            Some(_) => {
                plan.next
                    .push(format!("rm {path} && git data init --workflows   (it is not what would be written now)"));
                Vec::new()
            }
        };
        plan.files.push(FileChange { path, new: there.is_none(), lines });
    }
    Ok(())
}

fn policies(mut plan: Plan, env: &Env<'_>, args: &HostArgs, buckets: &Buckets<'_>, setup: &Setup) -> Result<Plan> {
    let folders = setup.provider == Provider::Directory;
    match &args.policies {
        Some(folder) => {
            let files = policy::files(setup, buckets.staging, buckets.production)?;
            let folder = env.given(folder);
            let guide = files[0].0.clone();
            plan.policies = files.into_iter().map(|(name, text)| (folder.join(name), text)).collect();
            plan.next
                .push(format!("read {}: the rights of every role, and how to give them", folder.join(guide).display()));
        }
        None if !folders => {
            plan.next.push("git data init --policies DIR   (the rights of every role, ready to be applied)".to_owned())
        }
        None => {}
    }
    Ok(plan)
}
