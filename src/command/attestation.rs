//! Build attestations of GitHub: `gh` is asked whether the publisher's workflow attested a file.

use std::path::Path;

use crate::command::env::Env;
use crate::error::{Error, Kind, Result};
use crate::flow::attestation::Attester;
use crate::process::Ran;

/// The workflow that has to have attested, by the remote and its default branch.
pub(super) fn attester(env: &Env<'_>) -> Result<Attester> {
    let remote = env.settings.remote();
    let branch = env.default_branch()?.unwrap_or_else(|| "main".to_owned());
    let used = env.repo.remote_url(remote)?;
    let urls = [env.repo.written_url(remote), used];
    urls.iter().flatten().find_map(|url| Attester::of(url, &branch)).ok_or_else(|| {
        Error::user(format!("the remote {remote} is not on GitHub, which is where build attestations are"))
            .hint("git data pull --verify-signature   checks signatures of receipts, wherever the repository is")
    })
}

/// Asks `gh`. No attestation, or one of somebody else, is an error of integrity.
pub(super) fn check(env: &Env<'_>, attester: &Attester, label: &str, file: &Path) -> Result<()> {
    let file = file.to_str().ok_or_else(|| Error::user(format!("{} is not UTF-8", file.display())))?;
    let run = env.repo.git().gh().args(attester.arguments(file));
    let run = run.cwd(&env.root).install_hint("install gh, the command-line program of GitHub: it checks attestations");
    let ran = run.output()?;
    if ran.ok() { Ok(()) } else { Err(refused(attester, label, &ran)) }
}

fn refused(attester: &Attester, label: &str, ran: &Ran) -> Error {
    let words = ran.words();
    let lines: Vec<&str> = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let why =
        if lines.is_empty() { format!("gh ended with {}", ran.code) } else { format!("gh: {}", lines.join("; ")) };
    let kind = kind(ran.code, &words);
    let error = match kind {
        Kind::Integrity => Error::integrity(format!("{label} is not attested by {}", attester.name())),
        _ => Error::new(kind, format!("{label}: gh could not look for its attestation")),
    };
    match kind {
        Kind::User => error.because(why).hint("gh auth login"),
        Kind::Integrity => {
            error.because(why).hint("git data init --workflows --attest   has what is published from then on attested")
        }
        _ => error.because(why).hint("gh auth status   says what gh can reach"),
    }
}

/// `gh` ends with 4 where it has to log in, and with 1 for everything else: a server that did not answer proves nothing.
fn kind(code: i32, words: &str) -> Kind {
    let unreachable =
        ["error connecting", "no such host", "i/o timeout", "connection refused", "HTTP 5", "HTTP 403", "HTTP 429"];
    match code {
        4 => Kind::User,
        _ if unreachable.iter().any(|word| words.contains(word)) => Kind::Store,
        _ => Kind::Integrity,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gh_could_not_ask_is_no_verdict() {
        assert_eq!(kind(4, "To get started with GitHub CLI, please run: gh auth login"), Kind::User);
        assert_eq!(kind(1, "error connecting to api.github.com"), Kind::Store);
        assert_eq!(kind(1, "HTTP 503: no server"), Kind::Store);
        assert_eq!(kind(1, "HTTP 404: Not Found"), Kind::Integrity);
        assert_eq!(kind(1, "✗ Verification failed"), Kind::Integrity);
    }
}
