//! A page as a story: where it plays, what happens behind the reader's back, and the blocks that the reader types.
//!
//! ```text
//! <!-- world: team -->           begins anew in a world of `worlds.rs`; what follows is played there, in order
//! <!-- behind                    shell commands up to the arrow; nobody sees them
//! git push -q
//! -->
//! <!-- fails: 5 -->              above a block: its last command ends so
//! <!-- not run: why -->          above a block: it cannot be run here
//! ```

/// What comes next on a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    World(String),
    Behind(String),
    Block { mark: String, language: String, text: String },
}

/// What a page tells, in its order. Comments that are no mark of ours, and prose, are left out.
pub(super) fn events(page: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let mut lines = page.lines();
    let mut mark = "";
    while let Some(line) = lines.next() {
        let comment = line.strip_prefix("<!-- ").and_then(|line| line.strip_suffix(" -->"));
        if let Some(world) = comment.and_then(|comment| comment.strip_prefix("world: ")) {
            events.push(Event::World(world.to_owned()));
        } else if line == "<!-- behind" {
            events.push(Event::Behind(until(&mut lines, |line| line == "-->")));
        } else if let Some(language) = line.strip_prefix("```") {
            let text = until(&mut lines, |line| line.starts_with("```"));
            events.push(Event::Block { mark: mark.to_owned(), language: language.to_owned(), text });
        }
        mark = comment.unwrap_or_default();
    }
    events
}

fn until<'l>(lines: &mut impl Iterator<Item = &'l str>, end: impl Fn(&str) -> bool) -> String {
    lines.take_while(|line| !end(line)).map(|line| format!("{line}\n")).collect()
}

/// The commands of a session, each with what it is to print. A line that begins with `> ` goes on with a command.
pub(super) fn commands(session: &str) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    for line in session.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((command, printed))) => match line.strip_prefix("> ") {
                Some(more) if printed.is_empty() => *command += &format!("\n{more}"),
                _ => printed.push(line),
            },
            (None, None) => panic!("a session begins with a command: {session}"),
        }
    }
    commands
}

/// Whether a line is the one that the page shows: `…` stands for any text in it.
pub(super) fn is(shown: &str, line: &str) -> bool {
    let pieces: Vec<&str> = shown.split('…').collect();
    let [first, middle @ .., last] = pieces.as_slice() else { return shown == line };
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    for piece in middle {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

/// Whether these lines were printed: a line that is `…` alone stands for any number of them.
pub(super) fn are(shown: &[&str], printed: &[&str]) -> bool {
    match (shown, printed) {
        ([], []) => true,
        (["…", rest @ ..], _) => (0..=printed.len()).any(|skipped| are(rest, &printed[skipped..])),
        ([first, rest @ ..], [line, more @ ..]) => is(first, line) && are(rest, more),
        _ => false,
    }
}

#[test]
fn an_ellipsis_stands_for_any_text() {
    assert!(is("a", "a") && is("v2: … → …/x.csv", "v2: 61 B → /tmp/x.csv") && is("key-…", "key-1"));
    assert!(!is("a", "ab") && !is("a…c", "abd") && !is("…b", "bc") && !is("a…b…c", "acb"));
    assert!(are(&["a", "…", "z"], &["a", "b", "c", "z"]) && are(&["a", "…"], &["a"]));
    assert!(!are(&["a", "…", "z"], &["a", "b"]) && !are(&["a"], &["a", "b"]) && !are(&["a", "b"], &["a"]));
}

#[test]
fn a_page_is_read_as_a_story() {
    let page = "<!-- world: team -->\nWords.\n<!-- behind\ngit push\n-->\n<!-- fails: 1 -->\n```console\n$ git x \\\n> y\nno\n$ z\n```\n\n```json\n{}\n```\n";
    let block = |mark: &str, language: &str, text: &str| Event::Block {
        mark: mark.to_owned(),
        language: language.to_owned(),
        text: text.to_owned(),
    };
    let session = "$ git x \\\n> y\nno\n$ z\n";
    let want = [
        Event::World("team".to_owned()),
        Event::Behind("git push\n".to_owned()),
        block("fails: 1", "console", session),
        block("", "json", "{}\n"),
    ];
    assert_eq!(events(page), want);
    assert_eq!(commands(session), [("git x \\\ny".to_owned(), vec!["no"]), ("z".to_owned(), vec![])]);
}
