//! Which of our secrets a program inherits. A program gets those that its own work needs, and no others.

use std::ffi::OsStr;

/// Words that make a variable look like a secret.
const SECRET: &[&str] =
    &["SECRET", "TOKEN", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIAL", "PRIVATE_KEY", "API_KEY"];

/// What signs receipts: for no program, not even one that talks to a repository and runs its hooks.
const OURS: &str = "SIGNING_KEY";

/// What opens a bucket: never for a program that talks to a repository.
const BUCKET: &[&str] = &["AWS_", "R2_"];

/// Whether `program` must not see the variable `name`. `keep` lists what the caller allows it.
pub(super) fn withheld(program: &str, name: &OsStr, keep: &[String]) -> bool {
    let name = name.to_string_lossy();
    if keep.iter().any(|kept| kept.eq_ignore_ascii_case(&name)) {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    if upper.contains(OURS) {
        return true;
    }
    if !SECRET.iter().any(|word| upper.contains(word)) {
        return false;
    }
    match program {
        // Credential helpers and hooks of the user may need any token, but not the keys to our buckets.
        "git" | "gh" => BUCKET.iter().any(|prefix| upper.starts_with(prefix)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_sees_only_what_it_needs() {
        let cases = [
            ("git", "AWS_SECRET_ACCESS_KEY", true),
            ("git", "AWS_SESSION_TOKEN", true),
            ("git", "R2_SECRET_ACCESS_KEY", true),
            ("git", "R2_PRODUCTION_SECRET_ACCESS_KEY", true),
            ("git", "aws_secret_access_key", true),
            ("git", "GIT_DATA_SIGNING_KEY", true),
            ("gh", "GIT_DATA_SIGNING_KEY", true),
            ("ssh-keygen", "GIT_DATA_SIGNING_KEY", true),
            ("ssh-keygen", "SSH_AUTH_SOCK", false),
            ("git", "AWS_PROFILE", false),
            ("git", "GIT_DIR", false),
            ("git", "GH_TOKEN", false),
            ("git", "CI_JOB_TOKEN", false),
            ("gh", "GITHUB_TOKEN", false),
            ("gh", "AWS_SESSION_TOKEN", true),
            ("duckdb", "GITHUB_TOKEN", true),
            ("duckdb", "AWS_SECRET_ACCESS_KEY", true),
            ("duckdb", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", true),
            ("duckdb", "PATH", false),
        ];
        for (program, name, want) in cases {
            assert_eq!(withheld(program, OsStr::new(name), &[]), want, "{program} {name}");
        }
        assert!(!withheld("duckdb", OsStr::new("AWS_SESSION_TOKEN"), &["AWS_SESSION_TOKEN".into()]));
    }
}
