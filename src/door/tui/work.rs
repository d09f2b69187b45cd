//! The only place that calls commands: each order is done by a thread of its own, which sends back what came of it.
//! The screens never wait.

mod lists;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::action::{Action, Verb};
use super::model::{Answer, Event, Order, Progress, Wish};
use super::text;
use crate::cli::Show;
use crate::cli::exit::words;
use crate::cli::page::{Page, Tone, Toned};
use crate::command::browse::{self, Bucket};
use crate::command::env::{ASKING, Clock, Env, Surroundings};
use crate::command::{delete, diff, prepare, propose, prune, pull, restore, rollback, settings, show, verify, why};
use crate::error::{Error, Result};

/// So many objects of a bucket are looked at.
const MOST: usize = 100_000;
/// So many changes of a table are shown.
const ROWS: usize = 1_000;
/// Progress is told so often.
const EVERY: Duration = Duration::from_millis(100);

/// Whoever does the orders.
pub(super) struct Workers {
    around: Arc<Surroundings>,
    events: Sender<Event>,
    columns: Arc<AtomicUsize>,
}

impl Workers {
    /// Workers that send their answers there.
    pub(super) fn new(mut around: Surroundings, events: Sender<Event>) -> Self {
        // The terminal is taken: a question on it could be neither read nor answered. A window may ask.
        let [git, ssh, window] = ASKING.map(str::to_owned);
        around.variables.insert(git, "0".to_owned());
        around.variables.insert(ssh, "force".to_owned());
        around.variables.entry(window).or_insert_with(|| "false".to_owned());
        Workers { around: Arc::new(around), events, columns: Arc::new(AtomicUsize::new(80)) }
    }

    /// Pages are made for a terminal that is so wide.
    pub(super) fn within(&self, columns: u16) {
        self.columns.store(usize::from(columns), Ordering::Relaxed);
    }

    /// Begins an order and comes back at once.
    pub(super) fn begin(&self, Order { id, wish }: Order) {
        let (around, events) = (Arc::clone(&self.around), self.events.clone());
        let columns = self.columns.load(Ordering::Relaxed);
        let work = move || {
            let telling = Telling { id, events: events.clone(), running: Mutex::new(None) };
            let own = Surroundings {
                cwd: around.cwd.clone(),
                variables: around.variables.clone(),
                clock: Box::new(Same(Arc::clone(&around))),
                progress: Box::new(telling),
                program: around.program.clone(),
            };
            let answer = catch_unwind(AssertUnwindSafe(|| answer(&own, wish, columns)));
            let answer = answer.unwrap_or_else(|panic| Err(stopped(panic.as_ref())));
            // Nobody listens any more when the screens are gone.
            let _ = events.send(Event::Done(id, answer.map_err(|error| said(&error))));
        };
        if std::thread::Builder::new().name("work".to_owned()).spawn(work).is_err() {
            let error = Error::user("no thread could be started for this");
            let _ = self.events.send(Event::Done(id, Err(lines_of(&words(&error)))));
        }
    }
}

/// A fault of this program, which ends one job and not the screens.
fn stopped(panic: &(dyn Any + Send)) -> Error {
    let error = Error::bug("the program stopped in the middle of this");
    let words = panic.downcast_ref::<String>().map(String::as_str);
    match words.or_else(|| panic.downcast_ref::<&str>().copied()) {
        Some(why) => error.because(why.to_owned()),
        None => error,
    }
}

/// The clock of the whole program.
struct Same(Arc<Surroundings>);

impl Clock for Same {
    fn nanos(&self) -> i128 {
        self.0.clock.nanos()
    }

    fn sleep(&self, seconds: u64) {
        self.0.clock.sleep(seconds);
    }
}

/// Sends how far a job is.
struct Telling {
    id: u64,
    events: Sender<Event>,
    running: Mutex<Option<(Progress, Instant)>>,
}

impl crate::store::transfer::Progress for Telling {
    fn start(&self, what: &str, total: u64) {
        let progress = Progress { what: text::clean(what), done: 0, total };
        *self.running.lock().expect("nothing panics while it holds the lock") = Some((progress, Instant::now()));
    }

    fn advance(&self, bytes: u64) {
        let mut running = self.running.lock().expect("nothing panics while it holds the lock");
        let Some((progress, said)) = running.as_mut() else { return };
        progress.done += bytes;
        if said.elapsed() >= EVERY {
            *said = Instant::now();
            let _ = self.events.send(Event::Progress(self.id, Some(progress.clone())));
        }
    }

    fn finish(&self) {
        *self.running.lock().expect("nothing panics while it holds the lock") = None;
        let _ = self.events.send(Event::Progress(self.id, None));
    }

    fn note(&self, text: &str) {
        let _ = self.events.send(Event::Note(self.id, text.to_owned()));
    }
}

fn answer(around: &Surroundings, wish: Wish, columns: usize) -> Result<Answer> {
    let env = Env::open(around)?;
    let page = |lines| Answer::Page(lines, true);
    match wish {
        Wish::Datasets => lists::datasets(&env),
        Wish::Versions(name) => lists::versions(&env, &name),
        Wish::Show(name, version) => {
            let args = show::Args { what: format!("{name}@{version}") };
            Ok(told(&show::run(&env, &args)?, columns))
        }
        Wish::Why(what) => Ok(told(&why::run(&env, &why::Args { what })?, columns)),
        Wish::Changes(name) => Ok(told(&diff::run(&env, &compared(None, name))?, columns)),
        // A first version has nothing to be compared with: everything about it then.
        Wish::Diff(name, None, version) => {
            let first = text::line(Tone::Dim, format!("{name} {version} is a first version: all of it is new."));
            let shown = show::run(&env, &show::Args { what: format!("{name}@{version}") })?;
            Ok(page([vec![first, Vec::new()], lines(&shown, columns)].concat()))
        }
        Wish::Diff(name, Some(base), version) => {
            Ok(told(&diff::run(&env, &compared(Some(format!("{base}..{version}")), name))?, columns))
        }
        Wish::Plan(action) => {
            let answer = act(&env, &action, true, columns)?;
            let command = vec![(Tone::Dim, "$ ".to_owned()), (Tone::Plain, text::clean(action.command()))];
            Ok(match answer {
                Answer::Page(lines, ok) => Answer::Page([vec![command, Vec::new()], lines].concat(), ok),
                other => other,
            })
        }
        Wish::Act(action) => act(&env, &action, false, columns),
        Wish::Bucket(bucket, prefix) => {
            let folder = browse::run(&env, bucket, &prefix, MOST)?;
            Ok(Answer::Bucket { address: folder.address, items: folder.items, more: folder.more })
        }
        Wish::Verify => {
            let args = verify::Args { role: Default::default() };
            Ok(told(&verify::run(&env, &args)?, columns))
        }
        Wish::Settings => Ok(Answer::Settings(settings::run(&env)?)),
        Wish::Reach => Ok(page(reach(&env))),
    }
}

/// Does what an action says, or says what it would do.
fn act(env: &Env<'_>, action: &Action, dry_run: bool, columns: usize) -> Result<Answer> {
    use super::action::Reach;
    let Action { verb, name, path, version, keep, staged, force, message, reach, value } = action.clone();
    let propose = propose::Args {
        message,
        branch: None,
        commit: reach == Reach::Commit,
        push: reach == Reach::Push,
        pr: reach == Reach::PullRequest,
        dry_run,
    };
    match verb {
        Verb::Prepare => {
            let args = prepare::Args {
                name: Some(name),
                path: path.map(Into::into),
                all: false,
                supersede: false,
                portable: false,
                description: None,
                expect: Vec::new(),
                no_delta: false,
                no_upload: false,
                by_hook: false,
                limit_rate: None,
                propose,
            };
            Ok(told(&prepare::run(env, &args)?, columns))
        }
        Verb::Pull => {
            let args = pull::Args { name: Some(name), version, staged, force, dry_run, ..pull::Args::default() };
            Ok(told(&pull::run(env, &args)?, columns))
        }
        Verb::Rollback => {
            let args = rollback::Args { name, to_version: version.unwrap_or_default(), propose };
            Ok(told(&rollback::run(env, &args)?, columns))
        }
        Verb::Delete => {
            let args = delete::Args { confirm: Some(name.clone()), name, yes: true, propose };
            Ok(told(&delete::run(env, &args)?, columns))
        }
        Verb::Prune => Ok(told(&prune::run(env, &prune::Args { name, keep, propose })?, columns)),
        Verb::Restore => Ok(told(&restore::run(env, &restore::Args { name, version, propose })?, columns)),
        Verb::Configure => {
            if !dry_run {
                settings::set(env, &name, &value)?;
            }
            let words = "In this clone only; .gitdata, which everybody shares, is changed in an editor and committed.";
            Ok(Answer::Page(vec![text::line(Tone::Plain, words)], true))
        }
    }
}

/// What `git data diff` is asked for one dataset.
fn compared(range: Option<String>, name: String) -> diff::Args {
    diff::Args {
        range,
        names: vec![name],
        files: Vec::new(),
        staged: false,
        key: Vec::new(),
        tolerance: Vec::new(),
        order: false,
        format: None,
        output: None,
        rows: ROWS,
        exit_code: false,
        fail_on: Vec::new(),
        memory: "256M".to_owned(),
    }
}

/// Whether both buckets answer.
fn reach(env: &Env<'_>) -> Vec<Toned> {
    let mut all = Vec::new();
    for bucket in [Bucket::Staging, Bucket::Production] {
        match browse::reached(env, bucket) {
            Ok(words) => all.push(text::line(Tone::Good, words)),
            Err(error) => {
                all.push(text::line(Tone::Bad, format!("{} does not answer", bucket.word())));
                all.extend(lines_of(&words(&error)));
            }
        }
        all.push(Vec::new());
    }
    all
}

/// The page that the verb prints, and what it says beside it.
fn told<T: Show>(result: &T, columns: usize) -> Answer {
    Answer::Page(lines(result, columns), result.failure().is_none())
}

fn lines<T: Show>(result: &T, columns: usize) -> Vec<Toned> {
    let mut page = Page::new(false).within(columns);
    result.show(&mut page);
    let mut all = page.into_lines();
    all.extend(result.remarks().iter().map(|remark| text::line(Tone::Warn, format!("note: {remark}"))));
    all
}

/// An error, and where nothing is set up yet also how to begin.
fn said(error: &Error) -> Vec<Toned> {
    let mut lines = lines_of(&words(error));
    if error.hints.iter().any(|hint| hint.starts_with("git init") || hint.starts_with("git data init --")) {
        let command =
            |command: &str, what: &str| vec![(Tone::Good, format!("  {command}")), (Tone::Dim, format!("   {what}"))];
        lines.extend([
            Vec::new(),
            text::line(Tone::Plain, "To begin:"),
            command("git data init --staging URL --production URL", "in a repository: sets it up"),
            command("git data demo", "plays the whole journey in a sandbox"),
        ]);
    }
    lines
}

/// Lines of words that are safe already, such as an error's.
fn lines_of(words: &str) -> Vec<Toned> {
    let tone = |line: &str| if line.starts_with("error: ") { Tone::Bad } else { Tone::Plain };
    words.lines().map(|line| text::line(tone(line), line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_to_begin_is_said_where_nothing_is_set_up() {
        let begins = |hint: &str| {
            let lines = said(&Error::user("no").hint(hint));
            lines.iter().flatten().any(|(_, text)| text.contains("git data demo"))
        };
        assert!(begins("git init") && begins("git data init --staging URL --production URL"));
        assert!(!begins("git log -p -- manifest.json"), "a broken manifest is no new repository");
    }

    #[test]
    fn a_job_that_stops_is_an_error_with_its_cause() {
        let told = |panic: Box<dyn Any + Send>| words(&stopped(panic.as_ref()));
        let error = "error: the program stopped in the middle of this\n";
        assert_eq!(told(Box::new("index")), format!("{error}because: index\n"));
        assert_eq!(told(Box::new("a\u{1b}".to_owned())), format!("{error}because: a\\u{{1b}}\n"));
        assert_eq!(told(Box::new(1)), error);
    }
}
