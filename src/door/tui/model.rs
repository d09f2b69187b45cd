//! All that the screens show, as values. Nothing here knows a terminal, a file or the network.

use super::action::{Action, Form};
use super::key::Key;
use super::list::{List, Row};
use super::text;
use crate::cli::page::{Tone, Toned};
use crate::command::browse::{Bucket, Item};
use crate::command::settings::Setting;
use crate::flow::text::{human_size, plural};

/// The state of the program.
#[derive(Debug)]
pub(super) struct Model {
    /// Columns and lines of the terminal.
    pub(super) size: (u16, u16),
    /// The screens that were opened; the last one is shown. Never empty.
    pub(super) open: Vec<Open>,
    /// What is being worked on.
    pub(super) jobs: Vec<Job>,
    /// The number of the last job.
    pub(super) last: u64,
    /// What was said last.
    pub(super) said: Option<(Tone, String)>,
    /// The repository and its branch.
    pub(super) place: String,
    /// A person asked to leave while something is being changed.
    pub(super) leaving: bool,
    /// The exit code, once it is time to go.
    pub(super) exit: Option<u8>,
}

/// A screen that was opened.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) screen: Screen,
    /// What fills it.
    pub(super) wish: Option<Wish>,
    /// The job that will.
    pub(super) waiting: Option<u64>,
    /// Why it could not be filled.
    pub(super) trouble: Option<Vec<Toned>>,
}

/// One screen.
#[derive(Debug)]
pub(super) enum Screen {
    Datasets(List<Dataset>),
    Versions { name: String, list: List<Version> },
    Page(Page),
    Form(Form),
    Plan(Plan),
    Bucket { bucket: Bucket, prefix: String, address: String, more: bool, list: List<Item> },
    Settings(List<Setting>),
}

/// Text to read.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) title: String,
    pub(super) lines: Vec<Toned>,
    /// The first line that is seen, of the lines as they are broken to fit.
    pub(super) top: usize,
}

/// What would be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) action: Action,
    pub(super) page: Page,
    /// The plan is there and can be done.
    pub(super) ready: bool,
    /// It is being done.
    pub(super) acting: bool,
    /// What was typed, where the name has to be.
    pub(super) typed: Option<String>,
}

/// Work that was begun.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) id: u64,
    pub(super) what: String,
    /// It changes something: leaving would cut it.
    pub(super) acts: bool,
    pub(super) progress: Option<Progress>,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    pub(super) what: String,
    pub(super) done: u64,
    pub(super) total: u64,
}

/// What the model wishes from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Datasets,
    Versions(String),
    /// Everything about a version.
    Show(String, String),
    /// What changed between the file here and its version.
    Changes(String),
    /// What a version changed: its name, its base and itself.
    Diff(String, Option<String>, String),
    /// Where a content came from.
    Why(String),
    Plan(Action),
    Act(Action),
    Bucket(Bucket, String),
    Verify,
    Settings,
    Reach,
}

/// A wish with the number under which it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) wish: Wish,
}

/// What comes from outside.
#[derive(Debug)]
pub(super) enum Event {
    Key(Key),
    Size(u16, u16),
    Progress(u64, Option<Progress>),
    Note(u64, String),
    Done(u64, Result<Answer, Vec<Toned>>),
}

/// What a wish gave.
#[derive(Debug)]
pub(super) enum Answer {
    Datasets {
        place: String,
        datasets: Vec<Dataset>,
        notes: Vec<String>,
    },
    Versions(Vec<Version>),
    /// A page, and whether all went well.
    Page(Vec<Toned>, bool),
    Bucket {
        address: String,
        items: Vec<Item>,
        more: bool,
    },
    Settings(Vec<Setting>),
}

/// A dataset on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dataset {
    pub(super) name: String,
    pub(super) latest: Option<String>,
    /// The live version below the latest.
    pub(super) before: Option<String>,
    pub(super) state: (Tone, String),
    pub(super) size: String,
    pub(super) here: (Tone, String),
    pub(super) about: String,
}

impl Row for Dataset {
    const HEADS: &'static [&'static str] = &["dataset", "latest", "state", " size", "here", ""];
    const FIRST_TO_GO: &'static [usize] = &[3, 5, 2, 1, 0, 4];

    fn cells(&self) -> Vec<(Tone, String)> {
        vec![
            (Tone::Plain, text::clean(&self.name)),
            (Tone::Plain, self.latest.clone().unwrap_or_else(|| "–".to_owned())),
            self.state.clone(),
            (Tone::Plain, format!(" {}", self.size)),
            self.here.clone(),
            (Tone::Dim, text::clean(&self.about)),
        ]
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// A version on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) version: String,
    pub(super) base: Option<String>,
    pub(super) state: (Tone, String),
    pub(super) size: String,
    pub(super) day: String,
    pub(super) message: String,
}

impl Row for Version {
    const HEADS: &'static [&'static str] = &["version", "state", " size", "day", "message"];
    const FIRST_TO_GO: &'static [usize] = &[4, 2, 3, 1];

    fn cells(&self) -> Vec<(Tone, String)> {
        vec![
            (Tone::Plain, self.version.clone()),
            self.state.clone(),
            (Tone::Plain, format!(" {}", self.size)),
            (Tone::Dim, text::clean(&self.day)),
            (Tone::Plain, text::clean(&self.message)),
        ]
    }

    fn name(&self) -> &str {
        &self.version
    }
}

impl Row for Item {
    const HEADS: &'static [&'static str] = &["key", " size", "is"];
    const FIRST_TO_GO: &'static [usize] = &[0, 1, 2];

    fn cells(&self) -> Vec<(Tone, String)> {
        let folder = self.name.ends_with('/');
        let is = match &self.belongs_to {
            Some(version) => (Tone::Good, text::clean(version)),
            None if folder => (Tone::Dim, plural(self.objects, "object")),
            None => (Tone::Dim, String::new()),
        };
        vec![(Tone::Plain, text::clean(&self.name)), (Tone::Plain, format!(" {}", human_size(self.size))), is]
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Row for Setting {
    const HEADS: &'static [&'static str] = &["setting", "value", "from"];
    const FIRST_TO_GO: &'static [usize] = &[2, 1];

    fn cells(&self) -> Vec<(Tone, String)> {
        let (value, from) = match &self.value {
            Some((value, origin)) => (text::clean(value), origin.to_string()),
            None => (String::new(), String::new()),
        };
        let tone = if self.value.is_some() { Tone::Plain } else { Tone::Dim };
        vec![(tone, self.name.to_owned()), (Tone::Plain, value), (Tone::Dim, from)]
    }

    fn name(&self) -> &str {
        self.name
    }
}

impl Model {
    /// The first screen, and the order that fills it.
    pub(super) fn new(size: (u16, u16)) -> (Model, Vec<Order>) {
        let mut model = Model {
            size,
            open: Vec::new(),
            jobs: Vec::new(),
            last: 0,
            said: None,
            place: String::new(),
            leaving: false,
            exit: None,
        };
        let orders = model.show(Screen::Datasets(List::default()), Some(Wish::Datasets));
        (model, orders)
    }

    /// The screen that is shown.
    pub(super) fn top(&self) -> &Open {
        self.open.last().expect("the first screen is never closed")
    }

    /// The same, to be changed.
    pub(super) fn top_mut(&mut self) -> &mut Open {
        self.open.last_mut().expect("the first screen is never closed")
    }

    /// Opens a screen and asks for what fills it.
    pub(super) fn show(&mut self, screen: Screen, wish: Option<Wish>) -> Vec<Order> {
        let order = wish.clone().map(|wish| self.order(wish));
        let waiting = order.as_ref().map(|order| order.id);
        self.open.push(Open { screen, wish, waiting, trouble: None });
        order.into_iter().collect()
    }

    /// Asks again for what fills the screen that is shown.
    pub(super) fn refresh(&mut self) -> Vec<Order> {
        let at = self.open.len() - 1;
        self.refill(at)
    }

    /// Asks again for what fills a screen.
    pub(super) fn refill(&mut self, at: usize) -> Vec<Order> {
        let Some(wish) = self.open[at].wish.clone() else { return Vec::new() };
        let order = self.order(wish);
        self.open[at].waiting = Some(order.id);
        vec![order]
    }

    /// A new job.
    pub(super) fn order(&mut self, wish: Wish) -> Order {
        self.last += 1;
        let id = self.last;
        self.jobs.push(Job { id, what: wish.words(), acts: matches!(wish, Wish::Act(_)), progress: None });
        Order { id, wish }
    }

    /// Lines between the title and the last two.
    pub(super) fn room(&self) -> usize {
        usize::from(self.size.1).saturating_sub(3)
    }
}

impl Wish {
    /// What is being done meanwhile.
    pub(super) fn words(&self) -> String {
        match self {
            Wish::Datasets => "reading the datasets".to_owned(),
            Wish::Versions(name) => format!("reading the versions of {}", text::clean(name)),
            Wish::Show(name, version) => format!("reading {} {version}", text::clean(name)),
            Wish::Changes(name) => format!("comparing {}", text::clean(name)),
            Wish::Diff(name, _, version) => format!("comparing {} {version}", text::clean(name)),
            Wish::Why(_) => "looking where it came from".to_owned(),
            Wish::Plan(action) => format!("planning: {} {}", action.verb.word(), text::clean(&action.name)),
            Wish::Act(action) => format!("{} {}", action.verb.word(), text::clean(&action.name)),
            Wish::Bucket(bucket, _) => format!("listing {}", bucket.word()),
            Wish::Verify => "asking both buckets".to_owned(),
            Wish::Settings => "reading the settings".to_owned(),
            Wish::Reach => "asking both buckets".to_owned(),
        }
    }
}

impl Page {
    /// A page with a title, still to be filled.
    pub(super) fn titled(title: impl Into<String>) -> Page {
        Page { title: title.into(), ..Page::default() }
    }
}
