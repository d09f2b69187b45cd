//! Build attestations: what `gh` is asked, and what its answers mean. A stand-in answers: GitHub itself is not asked here.
#![cfg(unix)]

use crate::lab::{Backend, Lab, Production};

/// Writes down what it was asked and the digest-bearing bytes, and answers as the files `code` and `words` say.
const GH: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" >>\"$HOME/asked\"\ncat \"$3\" >>\"$HOME/shown\"\ncat \"$HOME/words\" >&2\nexit \"$(cat \"$HOME/code\")\"\n";

/// A published version, in a clone whose remote is called as one on GitHub.
fn on_github() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    lab.release("anna", "prices.csv", "north,1\n");
    lab.update("bert");
    let origin = lab.path("origin.git").display().to_string();
    lab.run("bert", &format!("git config url.{origin}.insteadOf git@github.com:Team/data.git")).ok();
    lab.run("bert", "git remote set-url origin git@github.com:Team/data.git").ok();
    lab.program("gh", GH);
    answer(&lab, 0, "");
    lab
}

fn answer(lab: &Lab, code: u8, words: &str) {
    lab.write("home/bert/code", format!("{code}\n"));
    lab.write("home/bert/words", words);
}

const IDENTITY: &str = "--cert-identity-regex=^(?i:https://github\\.com/Team/data/\\.github/workflows/data-publish\\.yml)@refs/heads/main$";

#[test]
fn gh_is_asked_about_the_bytes_before_they_are_placed() {
    let lab = on_github();
    let refuses = |code: u8, words: &str, exit: i32, says: &str| {
        answer(&lab, code, words);
        let refused = lab.run("bert", "git data pull prices.csv --verify-attestation").fails(exit).explains();
        refused.says(says);
        assert!(!lab.has("bert/prices.csv"), "{words}: nothing is placed");
        lab.run("bert", "git data pull --verify-attestation").fails(exit);
    };
    let nobody = "error: prices.csv v1 is not attested by Team/data/.github/workflows/data-publish.yml";
    refuses(1, "\nError: HTTP 404: Not Found (https://api.github.com/…)\n", 5, nobody);
    refuses(1, "\nError: verifying with issuer \"sigstore.dev\"\n", 5, nobody);
    refuses(1, "error connecting to api.github.com\n", 4, "gh could not look for its attestation");
    refuses(4, "To get started with GitHub CLI, please run:  gh auth login\n", 1, "hint: gh auth login");

    answer(&lab, 0, "");
    lab.remove("home/bert/asked");
    lab.remove("home/bert/shown");
    let pulled = lab.run("bert", "git data pull --verify-attestation").ok();
    pulled.says("  attested by Team/data/.github/workflows/data-publish.yml\n");
    assert_eq!(lab.text("home/bert/shown"), "north,1\n");
    let asked = lab.text("home/bert/asked");
    let asked: Vec<_> = asked.lines().collect();
    assert_eq!(
        (&asked[..2], &asked[3..]),
        (&["attestation", "verify"][..], &["--repo=Team/data", "--hostname=github.com", IDENTITY][..])
    );
    // What is here already is asked about too.
    let json = lab.run("bert", "git data pull --verify-attestation --json").ok().json();
    assert_eq!(json["datasets"][0]["attested_by"], "Team/data/.github/workflows/data-publish.yml");
    assert!(lab.text("home/bert/asked").contains(&lab.path("bert/prices.csv").display().to_string()));
}

#[test]
fn fsck_asks_about_every_object_or_the_share_that_it_reads() {
    let lab = on_github();
    lab.run("bert", "git data fsck --verify-attestation").ok().says("all as published");
    assert_eq!(lab.text("home/bert/shown"), "north,1\n");
    lab.run("bert", "git data fsck --verify-attestation --read-data 100%").ok().says("1 read and hashed");
    answer(&lab, 1, "✗ Verification failed\n");
    let json = lab.run("bert", "git data fsck --verify-attestation --json").fails(5).json();
    assert_eq!(json["findings"][0]["finding"], "unattested");
    let words = json["findings"][0]["words"].as_str().unwrap();
    assert!(words.ends_with("(gh: ✗ Verification failed)"), "{words}");
    // Bytes that are not the right ones are no question for gh.
    let key = lab.keys(Production).into_iter().find(|key| key.starts_with("prices.csv/")).unwrap();
    lab.spoil(Production, &key, b"north,9\n");
    answer(&lab, 0, "");
    lab.remove("home/bert/shown");
    lab.run("bert", "git data fsck --verify-attestation").fails(5).says("has the digest ");
    assert!(!lab.has("home/bert/shown"));
}

#[test]
fn elsewhere_than_on_github_there_are_none() {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    let refused = lab.run("bert", "git data pull --verify-attestation").fails(1).explains();
    refused.says("the remote origin is not on GitHub").says("--verify-signature");
    let lab = on_github();
    lab.remove("bin/gh");
    lab.run("bert", "git data pull prices.csv --verify-attestation")
        .fails(1)
        .says("`gh` was not found on this machine");
}

/// The same for signatures where `ssh-keygen` is missing: this laboratory has none.
#[test]
fn without_ssh_keygen_it_is_said_what_to_install() {
    let lab = on_github();
    lab.write("anna/.gitdata-signers", "robot@example.org ssh-ed25519 AAAA\n");
    lab.run("anna", "git add .gitdata-signers").ok();
    lab.run("anna", "git commit --quiet -m Signers").ok();
    lab.run("anna", "git push --quiet origin main").ok();
    lab.run("bert", "git pull --quiet").ok();
    let at = lab.keys(Production).into_iter().find(|key| key.ends_with(".json")).unwrap();
    lab.plant(Production, &format!("{at}.sig"), b"-----BEGIN SSH SIGNATURE-----\n");
    let refused = lab.run("bert", "git data pull prices.csv --verify-signature").fails(1).explains();
    refused.says("`ssh-keygen` was not found on this machine").says("hint: install OpenSSH 8.9 or newer");
    assert!(!lab.has("bert/prices.csv"));

    // One that is too old says that it does not know an option: that is no verdict on the signature.
    lab.program("ssh-keygen", "#!/bin/sh\necho 'ssh-keygen: unknown option -- Y' >&2\nexit 1\n");
    lab.run("bert", "git data pull prices.csv --verify-signature").fails(1).says("this ssh-keygen is too old");
}
