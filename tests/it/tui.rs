//! The screens on a real (pseudo) terminal: a person goes the whole journey with keys, and gets the terminal back.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rustix::termios::{Winsize, tcsetwinsize};

use crate::lab::{Backend, Lab, Which::Production};

/// Nobody waits longer for a frame; a machine that is busy may take its time.
const LIMIT: Duration = Duration::from_secs(60);
const DOWN: &str = "\u{1b}[B";
const RIGHT: &str = "\u{1b}[C";
const CTRL_C: &str = "\u{3}";
const CTRL_U: &str = "\u{15}";

/// `git data` on a terminal, and what that shows.
struct Seen {
    child: Child,
    terminal: File,
    shown: Arc<(Mutex<Shown>, Condvar)>,
}

struct Shown {
    parser: vt100::Parser,
    raw: Vec<u8>,
    over: bool,
    /// The terminal is to go away with the next thing that is shown.
    going: bool,
}

impl Seen {
    fn open(lab: &Lab, person: &str, columns: u16, lines: u16) -> Seen {
        use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        // A child that holds this end too would never see it go away.
        rustix::io::fcntl_setfd(&master, rustix::io::FdFlags::CLOEXEC).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let terminal = File::from(master);
        resize(&terminal, columns, lines);
        let child = lab.start_with(person, "git data", |run| {
            run.stdin(Stdio::from(slave())).stdout(Stdio::from(slave())).stderr(Stdio::from(slave()));
        });
        let parser = vt100::Parser::new(lines, columns, 0);
        let shown =
            Arc::new((Mutex::new(Shown { parser, raw: Vec::new(), over: false, going: false }), Condvar::new()));
        let (mut reader, told) = (terminal.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                // With the last slave closed the terminal ends, by an error on Linux.
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut shown = told.0.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&buffer[..read]);
                shown.raw.extend(&buffer[..read]);
                shown.over = read == 0 || shown.going;
                told.1.notify_all();
                if shown.over {
                    return;
                }
            }
        });
        Seen { child, terminal, shown }
    }

    /// Types keys. Esc has to come alone: with a letter behind it, it is another key.
    fn keys(&mut self, keys: &[&str]) -> &mut Seen {
        self.terminal.write_all(keys.concat().as_bytes()).unwrap();
        self
    }

    /// Waits until the frame is as it should be.
    #[track_caller]
    fn when(&mut self, what: &str, is: impl Fn(&str) -> bool) -> String {
        let shown = self.shown.0.lock().unwrap();
        let waits = |shown: &mut Shown| !shown.over && !is(&shown.parser.screen().contents());
        let (shown, _) = self.shown.1.wait_timeout_while(shown, LIMIT, waits).unwrap();
        let frame = shown.parser.screen().contents();
        drop(shown);
        assert!(is(&frame), "there is no {what:?} in\n{frame}");
        frame
    }

    /// Waits until the terminal shows a text.
    #[track_caller]
    fn until(&mut self, text: &str) -> String {
        self.when(text, |frame| frame.contains(text))
    }

    fn resize(&mut self, columns: u16, lines: u16) {
        self.shown.0.lock().unwrap().parser.screen_mut().set_size(lines, columns);
        resize(&self.terminal, columns, lines);
    }

    /// The exit code, the bytes that were sent, and whether the terminal is as it was.
    fn end(mut self) -> (i32, Vec<u8>) {
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let shown = self.shown.0.lock().unwrap();
        let (shown, _) = self.shown.1.wait_timeout_while(shown, LIMIT, |shown| !shown.over).unwrap();
        let screen = shown.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen was not left");
        assert!(!screen.hide_cursor(), "the cursor was not shown again");
        assert!(!screen.bracketed_paste(), "pastes are still marked");
        (code, shown.raw.clone())
    }
}

fn resize(terminal: &File, columns: u16, lines: u16) {
    tcsetwinsize(terminal, Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
}

/// Two people with terminals.
fn lab() -> Lab {
    let lab = Lab::new(Backend::Directory);
    lab.furnish();
    for person in ["anna", "bert", ""] {
        lab.set(person, "TERM", "xterm-256color");
        lab.set(person, "LC_ALL", "C.UTF-8");
    }
    lab
}

#[test]
fn the_whole_journey_with_keys() {
    let lab = lab();
    lab.write("anna/prices.csv", "day,price\n1,10\n2,20\n");
    let mut anna = Seen::open(&lab, "anna", 80, 24);
    anna.until("No datasets yet");
    // A new dataset, as far as a push.
    anna.keys(&["n", "prices.csv", DOWN, "prices.csv", DOWN, "First prices", DOWN, RIGHT]);
    anna.until("$ git data prepare prices.csv prices.csv -m 'First prices' --push");
    anna.keys(&["\r"]).until("Enter does this");
    assert!(!lab.has("anna/diffs") && lab.keys(crate::lab::Which::Staging).is_empty(), "a plan changes nothing");
    anna.keys(&["\r"]).until("Done: prepare prices.csv");
    anna.keys(&["q"]).until("merged");
    // The publisher runs, and a refresh shows it.
    lab.publish();
    lab.update("anna");
    anna.keys(&["r"]).until("published");
    // The file changes; what changed can be read, and is proposed.
    lab.write("anna/prices.csv", "day,price\n1,10\n2,21\n");
    anna.keys(&["r"]).until("changed");
    anna.keys(&["c"]).until("1 cell in 1 row");
    anna.keys(&["q", "p", DOWN, "Dearer", DOWN, RIGHT, "\r"]).until("Enter does this");
    anna.keys(&["\r"]).until("Done: prepare prices.csv");
    anna.keys(&["q"]).until("v2");
    lab.publish();
    lab.update("anna");
    anna.keys(&["r"]).until("published");
    anna.keys(&["\r"]).until("First prices");
    anna.keys(&["\r"]).until("v1 → v2");
    anna.keys(&["qq"]).until("dataset ");
    in_another_clone(&lab);
    // Back to the first version, which is offered.
    anna.keys(&["b", DOWN, DOWN, RIGHT, "\r"]).until("brings back v1");
    anna.until("Enter does this");
    anna.keys(&["\r"]).until("Done: rollback prices.csv");
    lab.publish();
    lab.update("anna");
    anna.keys(&["q", "r"]).until("v3");
    // Deleted, once the name was typed.
    anna.keys(&["d", DOWN, RIGHT, "\r"]).until("Type the name prices.csv");
    anna.keys(&["prices\r"]).until("that is not the name");
    anna.keys(&[CTRL_U, "prices.csv\r"]).until("Done: delete prices.csv");
    anna.keys(&["q"]).until("retired");
    anna.keys(&["q"]);
    assert_eq!(anna.end().0, 0);
    lab.run("anna", "git data log prices.csv").ok().says("retired");
}

fn in_another_clone(lab: &Lab) {
    lab.update("bert");
    let mut bert = Seen::open(lab, "bert", 80, 24);
    bert.until("not here");
    bert.keys(&["g\r"]).until("Enter does this");
    bert.keys(&["\r"]).until("Done: pull prices.csv");
    bert.until("verified");
    bert.keys(&["q"]).until("current v2");
    // And looks around.
    bert.keys(&["B\t"]).until("production");
    bert.until("prices.csv/");
    bert.keys(&["qv"]).until("conditional writes");
    bert.keys(&["qst"]).until("staging file:");
    bert.until("production file:");
    bert.keys(&["qq?"]).until("Keys");
    bert.keys(&["qq"]);
    assert_eq!(bert.end().0, 0);
    assert_eq!(lab.text("bert/prices.csv"), "day,price\n1,10\n2,21\n");
    assert_eq!(lab.keys(Production).iter().filter(|key| key.starts_with("prices.csv/")).count(), 2);
}

#[test]
fn a_pull_never_takes_local_changes_unasked() {
    let lab = lab();
    lab.release("anna", "a.csv", "1\n");
    lab.update("bert");
    lab.write("bert/a.csv", "mine\n");
    let mut bert = Seen::open(&lab, "bert", 80, 24);
    bert.until("changed");
    bert.keys(&["g\r"]).until("error: ");
    bert.keys(&["\r\r"]);
    bert.keys(&["\u{1b}"]).until("local changes");
    assert_eq!(lab.text("bert/a.csv"), "mine\n");
    bert.keys(&[DOWN, DOWN, RIGHT]).until("replace; the old file stays beside it");
    bert.keys(&["\r"]).until("Enter does this");
    bert.keys(&["\r"]).until("your changes are in");
    bert.keys(&["q", "q"]);
    assert_eq!(bert.end().0, 0);
    assert_eq!(lab.text("bert/a.csv"), "1\n");
}

#[test]
fn a_setting_is_written_for_this_clone_after_its_command_was_shown() {
    let lab = lab();
    let mut anna = Seen::open(&lab, "anna", 80, 24);
    anna.until("No datasets yet");
    anna.keys(&["s"]).until("data.staging");
    anna.keys(&["/", "tries", "\r"]).until("data.tries");
    anna.keys(&["\r", "3"]).until("git config --local --replace-all data.tries 3");
    assert!(!lab.text("anna/.git/config").contains("tries"));
    anna.keys(&["\r"]).until("Enter does this");
    anna.keys(&["\r"]).until("git config");
    anna.until("set data.tries: done");
    assert!(lab.text("anna/.git/config").contains("tries = 3"));
    anna.keys(&[CTRL_C]);
    assert_eq!(anna.end().0, 130, "Ctrl-C is Ctrl-C");
}

#[test]
fn a_setting_says_who_wins() {
    let lab = lab();
    lab.run("anna", "git config data.tries 5").ok();
    lab.set("anna", "GIT_DATA_TRIES", "7");
    let mut anna = Seen::open(&lab, "anna", 80, 24);
    anna.until("No datasets yet");
    anna.keys(&["s/tries\r"]).until("overruled: 5 (from git config)");
    let frame = anna.until("GIT_DATA_TRIES wins");
    assert!(frame.contains("data.tries  7      environment"), "{frame}");
    anna.keys(&["t"]).until("production file:");
    anna.keys(&[CTRL_C]);
    assert_eq!(anna.end().0, 130);
}

#[test]
fn small_terminals_no_colour_and_other_sizes_later() {
    let lab = lab();
    lab.release("anna", "prices.csv", "1\n");
    lab.set("anna", "NO_COLOR", "1");
    lab.set("anna", "LC_ALL", "C");
    let mut anna = Seen::open(&lab, "anna", 20, 10);
    anna.until("> prices");
    anna.resize(100, 30);
    let frame = anna.until("git data  anna  main");
    assert!(frame.is_ascii(), "{frame}");
    anna.keys(&["q"]);
    let (code, raw) = anna.end();
    assert_eq!(code, 0);
    let raw = String::from_utf8_lossy(&raw);
    let styles = raw.split("\u{1b}[").filter_map(|rest| rest.split_once('m')).map(|(codes, _)| codes);
    let numbers = styles.flat_map(|codes| codes.split(';')).filter_map(|code| code.parse::<u8>().ok());
    let colours: Vec<u8> = numbers.filter(|code| matches!(code, 30..=38 | 40..=48 | 90..)).collect();
    assert_eq!(colours, [0; 0], "{raw:?}");
}

#[test]
fn without_a_repository_it_says_how_to_begin() {
    let lab = lab();
    let mut nobody = Seen::open(&lab, "", 80, 24);
    nobody.until("git data init --staging URL --production URL");
    nobody.until("error: ");
    nobody.keys(&["rB"]).until("staging");
    nobody.keys(&["q", "q"]);
    assert_eq!(nobody.end().0, 0);
}

#[test]
fn a_terminal_that_can_show_nothing_gets_the_help() {
    let lab = lab();
    for (name, value) in [("TERM", Some("dumb")), ("TERM", None)] {
        match value {
            Some(value) => lab.set("anna", name, value),
            None => lab.unset("anna", name),
        }
        let anna = Seen::open(&lab, "anna", 80, 24);
        let (code, raw) = anna.end();
        let raw = String::from_utf8(raw).unwrap();
        assert!(code == 0 && raw.contains("Usage: git data") && !raw.contains('\u{1b}'), "{raw:?}");
    }
    lab.set("anna", "TERM", "xterm");
    lab.run("anna", "git data").ok().says("Usage: git data");
}

#[test]
fn it_ends_with_its_terminal() {
    let lab = lab();
    let mut anna = Seen::open(&lab, "anna", 80, 24);
    anna.until("No datasets yet");
    // The line is cut: nobody holds the other end any more.
    anna.shown.0.lock().unwrap().going = true;
    anna.keys(&["?"]);
    let Seen { mut child, terminal, .. } = anna;
    drop(terminal);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
