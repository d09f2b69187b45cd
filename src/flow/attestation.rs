//! Build attestations of GitHub: what `gh` is asked to verify, and the list of digests that a workflow has attested.

use super::compare::{self, Host};
use super::hash::Digest;
use super::version::Version;

/// The workflow that publishes and attests.
const WORKFLOW: &str = ".github/workflows/data-publish.yml";

/// The repository on its host whose workflow has to have attested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attester {
    host: String,
    /// `owner/name`.
    repository: String,
    branch: String,
}

impl Attester {
    /// The publisher of a remote; `None` where that is not on GitHub.
    #[must_use]
    pub fn of(remote_url: &str, branch: &str) -> Option<Self> {
        let web = compare::web(remote_url).filter(|web| compare::host_of(web) == Some(Host::GitHub))?;
        Some(Attester { host: web.host, repository: web.path, branch: branch.to_owned() })
    }

    /// What `gh` gets to verify a file: one repository, one workflow in it, on the default branch only.
    #[must_use]
    pub fn arguments(&self, file: &str) -> Vec<String> {
        let Attester { host, repository, branch } = self;
        // Hosts and names are the same in any case, and a remote may be spelled otherwise than the certificate.
        let workflow = literally(&format!("https://{host}/{repository}/{WORKFLOW}"));
        let identity = format!("^(?i:{workflow})@{}$", literally(&format!("refs/heads/{branch}")));
        let mut words = vec!["attestation".to_owned(), "verify".to_owned(), file.to_owned()];
        words.push(format!("--repo={repository}"));
        words.push(format!("--hostname={host}"));
        words.push(format!("--cert-identity-regex={identity}"));
        words
    }

    /// In words, for a person.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.repository, WORKFLOW)
    }
}

/// Text as a regular expression that means exactly it.
fn literally(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | ':' | '-' | '_') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A line of the list that the attesting job reads, in the form of `sha256sum`. A name has no line end in it.
#[must_use]
pub fn line(dataset: &str, version: Version, sha256: &Digest) -> String {
    format!("{sha256}  {dataset}@{version}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gh_is_asked_for_one_workflow_on_one_branch() {
        let attester = Attester::of("git@github.com:Team/data.x.git", "release/1.0").unwrap();
        assert_eq!(
            attester.arguments("/tmp/-file"),
            [
                "attestation",
                "verify",
                "/tmp/-file",
                "--repo=Team/data.x",
                "--hostname=github.com",
                "--cert-identity-regex=^(?i:https://github\\.com/Team/data\\.x/\\.github/workflows/data-publish\\.yml)\
                 @refs/heads/release/1\\.0$",
            ]
        );
        assert_eq!(Attester::of("https://gitlab.com/team/data", "main"), None);
        assert_eq!(Attester::of("/srv/data.git", "main"), None);
    }

    #[test]
    fn the_list_is_that_of_sha256sum() {
        let digest = Digest::of(b"abc");
        assert_eq!(line("eu/a.csv", Version(2), &digest), format!("{}  eu/a.csv@v2\n", digest.hex()));
    }
}
