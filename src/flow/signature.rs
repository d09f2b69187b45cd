//! What a signature of a receipt is made over, and what `ssh-keygen` says of one. The programs are started elsewhere.

use std::fmt;

use serde::Serialize;

use super::receipt::Identity;

/// A signature that was made for something else, such as a commit, is none here.
pub const NAMESPACE: &str = "git-data";

/// The file on the default branch that names who may sign, unless a setting names another.
pub const SIGNERS: &str = ".gitdata-signers";

/// A signature is never longer.
pub const LONGEST: u64 = 64 << 10;

#[derive(Serialize)]
struct Wire<'a> {
    dataset: &'a str,
    version: String,
    kind: &'a str,
    sha256: String,
    size: u64,
    key: &'a str,
}

/// The bytes that are signed: the identity members as compact JSON in the order of the receipt, and a line end.
#[must_use]
pub fn signed_bytes(id: &Identity) -> Vec<u8> {
    let wire = Wire {
        dataset: &id.dataset,
        version: id.version.to_string(),
        kind: &id.kind,
        sha256: id.sha256.hex(),
        size: id.size,
        key: id.key.as_str(),
    };
    let mut bytes = serde_json::to_vec(&wire).expect("strings and numbers always serialise");
    bytes.push(b'\n');
    bytes
}

/// Who signed: a name of the file of allowed signers, and the key. Both are text from outside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Signer {
    /// As the file of allowed signers names the key.
    pub signed_by: String,
    /// The fingerprint of the key, such as `ED25519 SHA256:…`.
    pub signing_key: String,
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.signed_by, self.signing_key)
    }
}

/// The names that `ssh-keygen -Y find-principals` prints.
#[must_use]
pub fn principals(stdout: &str) -> Vec<String> {
    stdout.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The key in what `ssh-keygen -Y verify` and `-Y check-novalidate` print of a good signature:
/// `Good "git-data" signature for NAME with ED25519 key SHA256:…`.
#[must_use]
pub fn key_of(stdout: &str) -> Option<String> {
    let line = stdout.lines().find(|line| line.starts_with("Good \""))?;
    // A name may hold anything; what follows it does not.
    let (_, rest) = line.rsplit_once(" with ")?;
    let (kind, fingerprint) = rest.split_once(" key ")?;
    Some(format!("{kind} {fingerprint}"))
}

/// A time of a receipt as `-Overify-time` wants it: `20261121110500`, in UTC.
#[must_use]
pub fn verify_time(stamp: &str) -> Option<String> {
    super::time::seconds(stamp)?;
    Some(stamp.chars().filter(char::is_ascii_digit).collect())
}

/// Which key the publisher signs with.
#[derive(Clone, PartialEq, Eq)]
pub enum SigningKey {
    /// A public key whose private half an agent has: `key::ssh-ed25519 AAAA…`.
    Agent(String),
    /// A file; a public key's private half may be beside it or in an agent.
    File(String),
    /// The text of the private key itself, from the environment.
    Text(Vec<u8>),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Reads the setting, which is spelled as git's `user.signingKey`.
    #[must_use]
    pub fn set(value: &str) -> Self {
        match value.strip_prefix("key::") {
            Some(literal) => SigningKey::Agent(literal.trim().to_owned()),
            None if value.starts_with("ssh-") => SigningKey::Agent(value.to_owned()),
            None => SigningKey::File(value.to_owned()),
        }
    }

    /// Takes the text of a private key. A form on a web page loses its last line end, or turns them all into CRLF.
    #[must_use]
    pub fn text(value: &str) -> Self {
        let plain = value.replace("\r\n", "\n");
        SigningKey::Text(format!("{}\n", plain.trim()).into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::hash::Digest;
    use crate::flow::key;
    use crate::flow::version::Version;

    #[test]
    fn the_signed_bytes_are_those_of_the_format_page() {
        let sha256 = Digest::of(b"abc");
        let id = Identity {
            dataset: "eu/a.csv".to_owned(),
            version: Version(2),
            kind: "file".to_owned(),
            sha256,
            size: 3,
            key: key::production("eu/a.csv", Version(2), &sha256),
        };
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let want = format!(
            "{{\"dataset\":\"eu/a.csv\",\"version\":\"v2\",\"kind\":\"file\",\"sha256\":\"{hex}\",\"size\":3,\
             \"key\":\"eu/a.csv/v2-{hex}.csv\"}}\n"
        );
        assert_eq!(String::from_utf8(signed_bytes(&id)).unwrap(), want);
    }

    #[test]
    fn what_ssh_keygen_says_is_read() {
        let good = "Good \"git-data\" signature for a with b key c@x with ED25519 key SHA256:ynhy\n";
        assert_eq!(key_of(good).as_deref(), Some("ED25519 SHA256:ynhy"));
        assert_eq!(
            key_of("Good \"git-data\" signature with RSA key SHA256:x\n").as_deref(),
            Some("RSA SHA256:x"),
            "check-novalidate names nobody"
        );
        assert_eq!(key_of("Could not verify signature.\n"), None);
        assert_eq!(principals("a@x\n\nb c\n"), ["a@x", "b c"]);
    }

    #[test]
    fn only_a_time_of_a_receipt_becomes_an_option() {
        assert_eq!(verify_time("2026-11-21T11:05:00Z").as_deref(), Some("20261121110500"));
        for bad in ["", "2026-11-21", "20261121110500", "-Ox"] {
            assert_eq!(verify_time(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_is_spelled_as_git_does_and_never_shows_itself() {
        assert_eq!(SigningKey::set("key::ssh-ed25519 AAAA x"), SigningKey::Agent("ssh-ed25519 AAAA x".to_owned()));
        assert_eq!(SigningKey::set("ssh-rsa AAAA"), SigningKey::Agent("ssh-rsa AAAA".to_owned()));
        assert_eq!(SigningKey::set("~/.ssh/id"), SigningKey::File("~/.ssh/id".to_owned()));
        let text = SigningKey::text("-----BEGIN\r\nabc\r\n-----END");
        assert_eq!(text, SigningKey::Text(b"-----BEGIN\nabc\n-----END\n".to_vec()));
        assert_eq!(format!("{text:?}"), "SigningKey(…)");
    }
}
