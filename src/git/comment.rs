//! Says something in one comment of a pull request, by `gh`: its own comment, which it finds again.

use std::time::Duration;

use super::Git;
use crate::error::{Error, Kind, Result};
use crate::flow::comment::{self, MARKER};
use crate::flow::compare::Web;
use crate::process::Run;

/// What became of a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is there.
    Written {
        /// Its page.
        url: String,
    },
    /// The token may not: that of a fork's run, or one that only reads.
    Forbidden {
        /// In the host's words.
        why: String,
    },
}

/// Why a question to the host has no answer.
enum Refusal {
    Forbidden(String),
    Failed(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Refusal::Failed(error)
    }
}

/// Writes our comment of a pull request again, or for the first time. `body` begins with the marker.
pub fn say(git: &Git, web: &Web, number: u64, body: &str) -> Result<Said> {
    match write(git, web, number, body) {
        Ok(url) => Ok(Said::Written { url }),
        Err(Refusal::Forbidden(why)) => Ok(Said::Forbidden { why }),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

fn write(git: &Git, web: &Web, number: u64, body: &str) -> Result<String, Refusal> {
    let gh = |args: &[&str]| api(git, web).args(args);
    // Also for an app, which has no page of its own to ask: its name is the one its comments have.
    let me = asked(&gh(&["graphql", "-f", "query=query { viewer { login } }", "--jq", ".data.viewer.login"]))?;
    let issues = format!("repos/{}/issues", web.path);
    let all = format!("{issues}/{number}/comments?per_page=100");
    let marked = format!(".[] | select(.body | startswith(\"{MARKER}\")) | [.id, .user.login] | @tsv");
    let found = asked(&gh(&["--paginate", &all, "--jq", &marked]))?;
    let (method, place) = match comment::own(&found, &me) {
        Some(id) => ("PATCH", format!("{issues}/comments/{id}")),
        None => ("POST", format!("{issues}/{number}/comments")),
    };
    let json = serde_json::json!({ "body": body }).to_string();
    asked(&gh(&["--method", method, &place, "--input", "-", "--jq", ".html_url"]).stdin(json))
}

fn api(git: &Git, web: &Web) -> Run {
    git.gh().args(["api", "--hostname", &web.host]).timeout(Duration::from_secs(120))
}

fn asked(run: &Run) -> Result<String, Refusal> {
    let ran = run.output()?;
    if ran.ok() {
        return Ok(ran.text());
    }
    let words = ran.words();
    // A private repository hides from a token what it may not see.
    let forbids = |line: &&str| ["(HTTP 401)", "(HTTP 403)", "(HTTP 404)"].iter().any(|code| line.contains(code));
    match words.lines().find(forbids) {
        Some(line) => Err(Refusal::Forbidden(line.trim().to_owned())),
        None => Err(Refusal::Failed(run.failed(Kind::Store, &ran))),
    }
}
