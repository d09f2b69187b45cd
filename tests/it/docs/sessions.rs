//! Every shell block of the manual is played, and what a session shows is compared with what is printed.
//!
//! `story.rs` tells how a page says where it plays and what cannot be run here.

use super::story::{Event, are, commands, events, is};
use super::worlds::World;
use crate::fresh::{Machine, text};
use crate::pages::{block, pages};

/// How many blocks of a page cannot be run here. Each says why; another number is a decision.
const NOT_RUN: [(&str, usize); 8] = [
    ("CONTRIBUTING.md", 1),
    ("README.md", 4),
    ("docs/aws.md", 2),
    ("docs/installing.md", 2),
    ("docs/performance.md", 1),
    ("docs/r2.md", 1),
    ("docs/signing.md", 4),
    ("docs/testing.md", 6),
];

/// Languages of blocks that nobody types.
const READ: [&str; 8] = ["json", "csv", "text", "ini", "yaml", "toml", "markdown", "mermaid"];

/// What came of a page.
#[derive(Default)]
struct Played {
    ran: usize,
    not_run: Vec<String>,
}

/// The lines of the page come in this order in what was printed; others may come between.
fn in_order(shown: &str, printed: &str) {
    let mut lines = printed.lines();
    for line in shown.lines() {
        assert!(lines.any(|printed| is(line, printed)), "{line:?} does not come, here, in\n{printed}");
    }
}

/// After each command exactly the lines that the page shows. `code` is how the last one ends.
fn session(world: &mut World, shown: &str, code: i32) {
    let commands = commands(shown);
    for (number, (command, expected)) in commands.iter().enumerate() {
        let code = if number + 1 == commands.len() { code } else { 0 };
        let ran = world.play(command).ends(code);
        let printed: Vec<&str> = ran.out.lines().collect();
        assert!(are(expected, &printed), "$ {command}\nprinted\n{}\nthe page shows\n{}", ran.out, expected.join("\n"));
    }
}

fn play(page: &str) -> Played {
    let mut played = Played::default();
    let mut world: Option<World> = None;
    for event in events(&text(page)) {
        let (mark, language, text) = match event {
            Event::World(name) => {
                world = Some(World::new(&name));
                continue;
            }
            Event::Behind(script) => {
                world.as_mut().expect("a page says where it plays").play(&script).well();
                continue;
            }
            Event::Block { mark, language, text } => (mark, language, text),
        };
        if READ.contains(&language.as_str()) || mark.starts_with("golden: ") {
            continue;
        }
        assert!(matches!(language.as_str(), "sh" | "console"), "{page}: a block in {language:?}\n{text}");
        if let Some(why) = mark.strip_prefix("not run: ") {
            assert!(why.len() > 10, "{page}: {why:?} is no reason");
            played.not_run.push(format!("{page}: {why}: {}", text.lines().next().unwrap_or_default()));
            continue;
        }
        played.ran += 1;
        if mark.starts_with("step: ") || mark.starts_with("session: signing ") {
            // Below, where there is an ssh-keygen.
            assert_eq!(page, "docs/signing.md");
            continue;
        }
        if mark == "session: demo" {
            in_order(&text, &Machine::with_clone().shell("clone", "git data demo").well());
            continue;
        }
        let code = mark.strip_prefix("fails: ").map_or(0, |code| code.parse().unwrap());
        let world =
            world.as_mut().unwrap_or_else(|| panic!("{page} does not say where this is typed, nor why not\n{text}"));
        match language.as_str() {
            "console" => session(world, &text, code),
            _ => drop(world.play(&text).ends(code)),
        }
    }
    played
}

#[test]
fn every_shell_block_does_what_the_page_shows() {
    let pages = pages();
    let played: Vec<Played> = std::thread::scope(|scope| {
        let threads: Vec<_> = pages.iter().map(|page| scope.spawn(move || play(page))).collect();
        let ended: Vec<_> = threads.into_iter().map(|thread| thread.join()).collect();
        let faults: Vec<_> =
            pages.iter().zip(&ended).filter(|(_, ended)| ended.is_err()).map(|(page, _)| page).collect();
        assert!(faults.is_empty(), "not as shown (see above): {faults:?}");
        ended.into_iter().map(Result::unwrap).collect()
    });
    let ran: usize = played.iter().map(|page| page.ran).sum();
    let listed: Vec<&str> = played.iter().flat_map(|page| &page.not_run).map(String::as_str).collect();
    println!("{ran} blocks were played; {} were not:\n  {}", listed.len(), listed.join("\n  "));
    for (page, played) in pages.iter().zip(&played) {
        let expected = NOT_RUN.iter().find(|(name, _)| name == page).map_or(0, |(_, count)| *count);
        assert_eq!(played.not_run.len(), expected, "{page} leaves out\n{}", played.not_run.join("\n"));
    }
    assert!(ran > 30, "{ran} blocks were played");
}

/// The page about signing, as somebody follows it from its first line: its commands, and what they print.
#[test]
fn ssh_keygen_and_the_page_about_signing_are_played() {
    if !crate::lab::has_ssh_keygen() {
        return;
    }
    let mut world = World::new("empty");
    let step = |world: &mut World, name: &str| world.play(&block("docs/signing.md", &format!("step: {name}"))).well();
    let shown =
        |world: &mut World, name: &str| session(world, &block("docs/signing.md", &format!("session: {name}")), 0);
    let init = "git init -q --bare -b main origin.git && git clone -q origin.git clone 2>/dev/null && cd clone && git checkout -q -b main && \
                git data init --staging file:.buckets/s --production file:.buckets/p && git commit -qm init";
    world.play(init).well();
    step(&mut world, "key");
    step(&mut world, "signers");
    step(&mut world, "file");
    let prepare = "printf 'region,year,price\nnorth,2024,41\nsouth,2024,39\n' >prices.csv && \
                   git data prepare prices.csv prices.csv --commit --branch main && git push -q origin main && rm prices.csv";
    world.play(prepare).well();
    shown(&mut world, "signing run");
    world.play("git pull -q origin main && rm -rf ~/.cache").well();
    shown(&mut world, "signing pull");
    step(&mut world, "require");
    world.play("rm prices.csv .buckets/p/.git-data/published/prices.csv/*.sig").well();
    let refused = world.play("git data pull").ends(5);
    assert!(refused.out.contains("prices.csv v1 is not signed"), "{}", refused.out);
    assert!(step(&mut world, "repair").contains("its receipt is not signed: signed now"));
    world.play("git data pull").well();
    step(&mut world, "mine");
    let refused = world.play("git data pull --verify-signature").ends(1);
    assert!(refused.out.contains("nobody is named who may sign"), "the file of one's own is not there yet");
}
