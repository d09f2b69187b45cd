//! The workflows that `init` writes for GitHub Actions: templates beside this file, filled in here.
//!
//! A line `#: name words…` of a template is replaced by the part of that name, a word between `@` by its value.

use crate::error::{Error, Result};

#[cfg(test)]
mod tests;

/// Every action that a template may use: action, tag, commit.
const ACTIONS: &str = include_str!("../../.github/actions.tsv");

/// The files, by the names they get below `.github/workflows`.
const TEMPLATES: [(&str, &str); 3] = [
    ("data-check.yml", include_str!("workflow/data-check.yml")),
    ("data-publish.yml", include_str!("workflow/data-publish.yml")),
    ("data-sweep.yml", include_str!("workflow/data-sweep.yml")),
];

const COMMITS: &str = include_str!("workflow/commits.yml");
const REPORT: &str = include_str!("workflow/report.yml");
const RELEASE: &str = include_str!("workflow/publisher-release.yml");
const SOURCE: &str = include_str!("workflow/publisher-source.yml");
const AWS: &str = include_str!("workflow/rights-aws.yml");
const ATTEST_DIGESTS: &str = include_str!("workflow/attest-digests.yml");
const ATTEST_JOB: &str = include_str!("workflow/attest-job.yml");
const APP: &str = include_str!("workflow/app.yml");

/// The system that releases are built for and workflows run on.
const TARGET: &str = "x86_64-unknown-linux-musl";

/// Who keeps the buckets: it decides how a workflow gets its rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// A role for each job, by OpenID Connect: no key is kept anywhere.
    Aws,
    /// Cloudflare: keys in the secrets of each environment.
    R2,
    /// Another S3 server: keys in the secrets of each environment.
    Other,
    /// Folders: no rights are needed. A sandbox on a runner of one's own.
    Directory,
}

/// Where a workflow takes the names of the buckets from: never from the repository's own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// They are written down in the workflow: name of the variable and value.
    Literal(Vec<(&'static str, String)>),
    /// They are variables of the repository on the host.
    Variables,
}

/// Which publisher a workflow installs: exactly one, for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publisher {
    /// The archive of a release.
    Release {
        /// URL of the project that releases it.
        repository: String,
        /// Such as `0.1.0`.
        version: String,
        /// Of the archive, in hex.
        sha256: String,
    },
    /// Built from source.
    Source {
        /// URL of the repository.
        repository: String,
        /// A commit: 40 hex digits.
        revision: String,
    },
}

/// What the templates are filled in with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who keeps the buckets.
    pub provider: Provider,
    /// The names of the buckets.
    pub names: Names,
    /// The publisher.
    pub publisher: Publisher,
    /// The default branch.
    pub branch: String,
    /// `owner/name` on the host: elsewhere (in a fork) nothing is published.
    pub repository: Option<String>,
    /// The host's number of the repository, which no other one ever gets.
    pub repository_id: Option<String>,
    /// GitHub attests what was published.
    pub attest: bool,
    /// The AWS account of the roles; else their names come from the repository's variables.
    pub account: Option<String>,
}

/// A workflow, to be written below `.github/workflows`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its file name.
    pub name: &'static str,
    /// Its text.
    pub text: String,
    /// Actions in it that the table of commits does not have.
    pub unpinned: Vec<String>,
}

/// All workflows; an error names the value that cannot be put into one.
pub fn render(setup: &Setup) -> Result<Vec<Workflow>> {
    check(setup)?;
    let filled = TEMPLATES.iter().map(|(name, template)| {
        let mut lines = Vec::new();
        expand(setup, template, "", &mut lines);
        let text = values(setup, &format!("{}\n", lines.join("\n")));
        let (text, unpinned) = pin(&text, ACTIONS);
        Workflow { name, text, unpinned }
    });
    Ok(filled.collect())
}

/// The name of the role of a job in AWS, and of the variable that holds its ARN where no account is known.
#[must_use]
pub fn role(account: Option<&str>, role: &str) -> String {
    match account {
        Some(account) => format!("arn:aws:iam::{account}:role/git-data-{role}"),
        None => format!("${{{{ vars.GIT_DATA_{}_ROLE }}}}", role.to_ascii_uppercase()),
    }
}

/// The file of a release that holds the publisher.
#[must_use]
pub fn archive(repository: &str, version: &str) -> String {
    let repository = repository.trim_end_matches('/').trim_end_matches(".git");
    format!("{repository}/releases/download/v{version}/git-data-{version}-{TARGET}.tar.gz")
}

/// Replaces the lines `#: name words…`; parts may contain such lines.
fn expand(setup: &Setup, text: &str, indent: &str, out: &mut Vec<String>) {
    for line in text.lines() {
        let inner = line.trim_start();
        let Some(words) = inner.strip_prefix("#: ") else {
            out.push(if line.is_empty() { String::new() } else { format!("{indent}{line}") });
            continue;
        };
        let deeper = format!("{indent}{}", &line[..line.len() - inner.len()]);
        expand(setup, &part(setup, words), &deeper, out);
    }
}

/// The text of one part; empty where this setup needs none.
fn part(setup: &Setup, words: &str) -> String {
    let aws = setup.provider == Provider::Aws;
    match words {
        "publisher" => match setup.publisher {
            Publisher::Release { .. } => RELEASE.to_owned(),
            Publisher::Source { .. } => SOURCE.to_owned(),
        },
        "commits" => COMMITS.to_owned(),
        "report" => REPORT.to_owned(),
        "buckets" => buckets(&setup.names),
        "token" if aws => "id-token: write".to_owned(),
        "app" => APP.to_owned(),
        "attest output" if setup.attest => "outputs:\n  published: ${{ steps.digests.outputs.published }}".to_owned(),
        "attest digests" if setup.attest => ATTEST_DIGESTS.to_owned(),
        "attest job" if setup.attest => ATTEST_JOB.to_owned(),
        "git" => git("github.token"),
        "git app" => git("steps.app.outputs.token || github.token"),
        "keys" => keys(setup.provider),
        _ => match words.strip_prefix("rights ") {
            Some(whose) if aws => {
                let (whose, ours) = whose.split_once(' ').map_or((whose, false), |(whose, _)| (whose, true));
                let condition = if ours { "if: env.OURS == 'true'" } else { "" };
                let kept = AWS.lines().filter(|line| ours || !line.contains("#: condition"));
                let text = kept.collect::<Vec<_>>().join("\n").replace("#: condition", condition);
                text.replace("@role@", &role(setup.account.as_deref(), whose))
            }
            _ => String::new(),
        },
    }
}

/// How `git` gets the job's token: for one step, and never written to a file.
fn git(token: &str) -> String {
    format!(
        "GIT_TOKEN: ${{{{ {token} }}}}\n\
         GIT_CONFIG_COUNT: '1'\n\
         GIT_CONFIG_KEY_0: credential.${{{{ github.server_url }}}}.helper\n\
         GIT_CONFIG_VALUE_0: '!f() {{ echo username=x-access-token; echo \"password=$GIT_TOKEN\"; }}; f'"
    )
}

/// The secrets of the job's environment that open the buckets, for one step.
fn keys(provider: Provider) -> String {
    let names: &[&str] = match provider {
        Provider::Aws | Provider::Directory => &[],
        Provider::R2 => &[
            "R2_ACCESS_KEY_ID",
            "R2_SECRET_ACCESS_KEY",
            "R2_PRODUCTION_ACCESS_KEY_ID",
            "R2_PRODUCTION_SECRET_ACCESS_KEY",
        ],
        Provider::Other => &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
    };
    let lines = names.iter().map(|name| format!("{name}: ${{{{ secrets.{name} }}}}"));
    lines.collect::<Vec<_>>().join("\n")
}

const VARIABLES: [&str; 4] = ["GIT_DATA_STAGING", "GIT_DATA_PRODUCTION", "GIT_DATA_ENDPOINT", "GIT_DATA_REGION"];

fn buckets(names: &Names) -> String {
    let lines: Vec<String> = match names {
        Names::Literal(pairs) => pairs.iter().map(|(name, value)| format!("{name}: {}", scalar(value))).collect(),
        Names::Variables => VARIABLES.iter().map(|name| format!("{name}: ${{{{ vars.{name} }}}}")).collect(),
    };
    lines.join("\n")
}

/// Replaces the words between `@`.
fn values(setup: &Setup, text: &str) -> String {
    let mut pairs = vec![("@branch@", setup.branch.clone()), ("@here@", here(setup)), ("@region@", region(setup))];
    // What could not be attested stays unrecorded: the next run proves it again, and attests it.
    let (checksums, after, attested) = if setup.attest {
        (
            " \\\n            --checksums \"$RUNNER_TEMP/published.sha256\"",
            "[copy, attest]",
            " && needs.attest.result != 'failure'",
        )
    } else {
        ("", "copy", "")
    };
    for (word, value) in [("@checksums@", checksums), ("@after@", after), ("@attested@", attested)] {
        pairs.push((word, value.to_owned()));
    }
    match &setup.publisher {
        Publisher::Release { repository, version, sha256 } => {
            pairs.push(("@archive@", scalar(&archive(repository, version))));
            pairs.push(("@sha256@", scalar(sha256)));
        }
        Publisher::Source { repository, revision } => {
            pairs.push(("@repository@", scalar(repository)));
            pairs.push(("@revision@", scalar(revision)));
            pairs.push(("@rust@", env!("CARGO_PKG_RUST_VERSION").to_owned()));
        }
    }
    pairs.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
}

/// Where a workflow with rights may run: on the default branch, and not in a fork.
fn here(setup: &Setup) -> String {
    let branch = format!("github.ref == 'refs/heads/{}'", setup.branch);
    match (&setup.repository_id, &setup.repository) {
        (Some(id), _) => format!("{branch} && github.repository_id == '{id}'"),
        (None, Some(name)) => format!("{branch} && github.repository == '{name}'"),
        (None, None) => branch,
    }
}

fn region(setup: &Setup) -> String {
    let Names::Literal(pairs) = &setup.names else { return "${{ vars.GIT_DATA_REGION }}".to_owned() };
    let set = pairs.iter().find(|(name, _)| *name == "GIT_DATA_REGION");
    set.map_or_else(|| "us-east-1".to_owned(), |(_, value)| scalar(value))
}

/// A value as YAML text that means exactly itself.
fn scalar(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Pins each action to the commit of the table; one that is not there is said to be UNPINNED.
fn pin(text: &str, table: &str) -> (String, Vec<String>) {
    let mut unpinned = Vec::new();
    let line = |line: &str| {
        let Some(at) = line.find("uses: ").filter(|at| line[..*at].trim_matches([' ', '-']).is_empty()) else {
            return line.to_owned();
        };
        let (head, used) = line.split_at(at + "uses: ".len());
        let action = used.split(['@', ' ']).next().unwrap_or(used);
        let row = table.lines().map(|row| row.split('\t').collect::<Vec<_>>()).find(|row| row[0] == action);
        match row.as_deref() {
            Some([_, tag, commit]) => format!("{head}{action}@{commit} # {tag}"),
            _ => {
                unpinned.push(action.to_owned());
                format!("{head}{} # UNPINNED", used.split(" #").next().unwrap_or(used))
            }
        }
    };
    let lines: Vec<String> = text.lines().map(line).collect();
    (format!("{}\n", lines.join("\n")), unpinned)
}

/// Refuses what would mean something else in a workflow than itself.
fn check(setup: &Setup) -> Result<()> {
    let plain = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let digits =
        |text: &Option<String>| text.as_ref().is_none_or(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()));
    let hex =
        |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b"0123456789abcdef".contains(&b));
    let (repository, exact) = match &setup.publisher {
        Publisher::Release { repository, version, sha256 } => {
            (repository, plain(version, ".-+") && version.starts_with(|c: char| c.is_ascii_digit()) && hex(sha256, 64))
        }
        Publisher::Source { repository, revision } => (repository, hex(revision, 40)),
    };
    let values: Vec<&str> = match &setup.names {
        Names::Literal(pairs) => pairs.iter().map(|(_, value)| value.as_str()).collect(),
        Names::Variables => Vec::new(),
    };
    let fault = if setup.branch.is_empty() || !plain(&setup.branch, "._/-") {
        format!("the branch {:?} has a character that a workflow cannot hold", setup.branch)
    } else if let Some(value) =
        values.iter().find(|v| v.contains("${{") || v.contains('@') || v.chars().any(char::is_control))
    {
        format!("{value:?} would mean something else in a workflow")
    } else if !repository.starts_with("https://") || !plain(repository, ":/._~-") {
        format!("{repository:?} is not the https:// URL of a repository")
    } else if !exact {
        "a publisher is a version with the 64 hex digits of its SHA-256, or a revision of 40 hex digits".to_owned()
    } else if setup.repository.as_ref().is_some_and(|name| !plain(name, "._/-")) {
        format!("{:?} is not the name of a repository", setup.repository)
    } else if !digits(&setup.repository_id) || !digits(&setup.account) {
        "the number of a repository or an account has digits only".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::usage(fault).hint("git data init --help"))
}
