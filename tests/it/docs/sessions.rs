//! The sessions that the front page shows are played, and what they print is compared with the page.
//!
//! In a line of the page `…` stands for any text: what follows from the time, the commit or the folder is left out so.

use crate::fresh::Machine;
use crate::pages::{block, blocks, pages};

/// Whether a line is the one that the page shows.
fn is(shown: &str, line: &str) -> bool {
    let pieces: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return shown == line };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn an_ellipsis_stands_for_any_text_in_a_line() {
    assert!(is("a", "a") && is("v2: … → …/x.csv", "v2: 61 B → /tmp/x.csv") && is("key-…", "key-1"));
    assert!(!is("a", "ab") && !is("a…c", "abd") && !is("…b", "bc") && !is("a…b…c", "acb"));
}

/// The lines of the page come in this order in what was printed; others may come between.
fn in_order(shown: &str, printed: &str) {
    let mut lines = printed.lines();
    for line in shown.lines() {
        assert!(lines.any(|printed| is(line, printed)), "{line:?} does not come, here, in\n{printed}");
    }
}

/// After each line with `$ ` exactly the lines that the page shows.
fn played(shown: &str, machine: &Machine) {
    for part in shown.split("$ ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap();
        let printed = machine.shell("clone", command).well();
        let (expected, printed): (Vec<_>, Vec<_>) = (expected.lines().collect(), printed.lines().collect());
        let same = expected.len() == printed.len() && expected.iter().zip(&printed).all(|(e, p)| is(e, p));
        assert!(same, "{command} printed\n{}", printed.join("\n"));
    }
}

#[test]
fn every_session_prints_what_the_page_shows() {
    let mut sessions = Vec::new();
    for page in pages() {
        for block in blocks(&crate::fresh::text(&page)) {
            assert_eq!(block.language == "console", block.mark.starts_with("session: "), "{page}: {}", block.text);
            match block.mark.strip_prefix("session: ") {
                Some("demo") => in_order(&block.text, &Machine::with_clone().shell("clone", "git data demo").well()),
                Some("clone") => played(&block.text, &Machine::with_clone()),
                // Below, where there is an ssh-keygen.
                Some("signing run" | "signing pull") => {}
                Some(other) => panic!("{page}: nobody plays the session {other:?}"),
                None => continue,
            }
            sessions.push(block.mark);
        }
    }
    sessions.sort();
    assert_eq!(sessions, ["session: clone", "session: demo", "session: signing pull", "session: signing run"]);
}

/// The page about signing, as somebody follows it from its first line: its commands, and what they print.
#[cfg(unix)]
#[test]
fn ssh_keygen_and_the_page_about_signing_are_played() {
    if !crate::lab::has_ssh_keygen() {
        return;
    }
    let machine = Machine::new();
    let sh = |folder: &str, script: &str| machine.run(folder, "sh", &["-euc", script]);
    let step = |name: &str| sh("clone", &block("docs/signing.md", &format!("step: {name}"))).well();
    let session = |name: &str| played(&block("docs/signing.md", &format!("session: {name}")), &machine);
    sh("", "git init -q --bare -b main origin.git && git clone -q origin.git clone").well();
    let init = "git checkout -q -b main && git data init --staging file:.buckets/s --production file:.buckets/p && git commit -qm init";
    sh("clone", init).well();
    step("key");
    step("signers");
    step("file");
    let prepare = "printf 'region,year,price\nnorth,2024,41\nsouth,2024,39\n' >prices.csv && \
                   git data prepare prices.csv prices.csv --commit --branch main && git push -q origin main && rm prices.csv";
    sh("clone", prepare).well();
    session("signing run");
    sh("clone", "git pull -q origin main && rm -rf ~/.cache").well();
    session("signing pull");
    step("require");
    sh("clone", "rm prices.csv .buckets/p/.git-data/published/prices.csv/*.sig").well();
    let refused = sh("clone", "git data pull").ends(5);
    assert!(refused.out.contains("prices.csv v1 is not signed"), "{}", refused.out);
    assert!(step("repair").contains("its receipt is not signed: signed now"));
    sh("clone", "git data pull").well();
    step("mine");
    let refused = sh("clone", "git data pull --verify-signature").ends(1);
    assert!(refused.err.contains("nobody is named who may sign"), "the file of one's own is not there yet");
}
