//! Opens the pull request: by `gh` where it can, else by a page to click on.

use super::Git;
use crate::error::Result;
use crate::flow::compare::{self, Host};
use crate::flow::proposal::compare_url;

/// A pull request to be opened.
#[derive(Clone, Debug)]
pub struct Request {
    /// The URL of the remote; credentials in it go nowhere.
    pub remote_url: String,
    /// The branch that holds the proposal, already pushed.
    pub head: String,
    /// The branch that it is for.
    pub base: String,
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
}

/// How far it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Review {
    /// It is open.
    Opened {
        /// Its page.
        url: String,
    },
    /// One was open for this branch already; the push updated it.
    Exists {
        /// Its page.
        url: String,
    },
    /// A person has to open it.
    ByHand {
        /// The page to do it on; `None` for a host that is not known.
        url: Option<String>,
        /// Why it was not opened.
        why: String,
    },
}

/// Opens a pull request, or says where a person can.
pub fn propose(git: &Git, request: &Request) -> Result<Review> {
    let by_hand = |why: String| {
        let url = compare_url(&request.remote_url, &request.base, &request.head);
        Ok(Review::ByHand { url, why })
    };
    let web = compare::web(&request.remote_url);
    let host = web.as_ref().and_then(compare::host_of);
    let (Some(web), Some(Host::GitHub)) = (web, host) else {
        return by_hand("gh opens pull requests on GitHub only".to_owned());
    };
    let run = git.gh().args(["pr", "create", "--repo"]).arg(format!("{}/{}", web.host, web.path));
    let run = run
        .arg(format!("--head={}", request.head))
        .arg(format!("--base={}", request.base))
        .arg(format!("--title={}", request.title))
        .arg("--body-file=-")
        .stdin(request.body.as_str());
    let ran = match run.output() {
        Ok(ran) => ran,
        Err(e) => return by_hand(e.message),
    };
    let words = ran.words();
    match (ran.ok(), page(&ran.text()), page(&words)) {
        (true, Some(url), _) => Ok(Review::Opened { url }),
        (false, _, Some(url)) if words.contains("already exists") => Ok(Review::Exists { url }),
        _ => by_hand(words.lines().find(|line| !line.trim().is_empty()).unwrap_or("gh gave no page").trim().to_owned()),
    }
}

/// The last line that is an address.
fn page(text: &str) -> Option<String> {
    text.lines().rev().map(str::trim).find(|line| line.starts_with("https://")).map(str::to_owned)
}
