//! What a key does on each screen.

use crate::cli::page::{Tone, Toned};
use crate::command::browse::{Bucket, Item};
use crate::command::settings::Setting;
use crate::door::tui::action::{Action, Form, Verb, typed};
use crate::door::tui::key::{ALL, Key};
use crate::door::tui::list::{List, Row};
use crate::door::tui::model::{Dataset, Model, Open, Order, Page, Plan, Screen, Version, Wish};
use crate::door::tui::text::wrapped;
use crate::error::Kind;

/// What became of a key.
enum Taken {
    /// Nothing more is to be done.
    Here,
    /// A screen is opened.
    Show(Screen, Option<Wish>),
    /// The screen is closed.
    Close,
    /// A bucket is opened in the place of the other.
    Instead(Screen, Option<Wish>),
    /// Orders go out.
    Do(Vec<Order>),
    /// The screen has no use for it.
    Not,
}

/// Takes a key.
pub(super) fn pressed(model: &mut Model, key: Key) -> Vec<Order> {
    if key == Key::Interrupt {
        model.exit = Some(Kind::Interrupted.exit());
        return Vec::new();
    }
    let leaving = std::mem::take(&mut model.leaving);
    model.said = None;
    let taken = match own(model, &key) {
        Taken::Not => everywhere(model, &key, leaving),
        taken => taken,
    };
    match taken {
        Taken::Here | Taken::Not => Vec::new(),
        Taken::Close => {
            model.open.pop();
            Vec::new()
        }
        Taken::Instead(screen, wish) => {
            model.open.retain(|open| !matches!(open.screen, Screen::Bucket { .. }));
            model.show(screen, wish)
        }
        Taken::Show(screen, wish) => model.show(screen, wish),
        Taken::Do(orders) => orders,
    }
}

/// What a key does on the screen that is shown.
fn own(model: &mut Model, key: &Key) -> Taken {
    let (room, columns) = (model.room().saturating_sub(1).max(1), usize::from(model.size.0));
    let Open { screen, trouble, .. } = model.top_mut();
    // What could not be read has nothing to move in or to act on.
    if trouble.is_some() && !matches!(screen, Screen::Plan(_) | Screen::Bucket { .. } | Screen::Datasets(_)) {
        return Taken::Not;
    }
    let troubled = trouble.is_some();
    match screen {
        Screen::Datasets(list) if !troubled => datasets(list, key, room),
        Screen::Datasets(_) => elsewhere(key),
        Screen::Versions { name, list } => versions(name, list, key, room),
        Screen::Page(page) => scrolled(page, key, room, columns),
        Screen::Form(_) => form(model, key),
        Screen::Plan(_) => plan(model, key, room, columns),
        Screen::Bucket { bucket, prefix, list, .. } => in_bucket(*bucket, prefix, list, key, room),
        Screen::Settings(list) => settings(list, key, room),
    }
}

/// What a key does wherever the screen has no use for it.
fn everywhere(model: &mut Model, key: &Key, leaving: bool) -> Taken {
    let first = model.open.len() == 1;
    match key {
        Key::Char('q') if first => leave(model, leaving),
        Key::Char('q') | Key::Esc if !first => Taken::Close,
        // While a plan is acted on, it is what it was.
        Key::Char('r') if !matches!(&model.top().screen, Screen::Plan(plan) if plan.acting) => {
            Taken::Do(model.refresh())
        }
        Key::Char('?') => Taken::Show(Screen::Page(help()), None),
        _ => Taken::Not,
    }
}

/// Nothing that changes something is cut without a second word.
fn leave(model: &mut Model, leaving: bool) -> Taken {
    match model.jobs.iter().find(|job| job.acts) {
        Some(job) if !leaving => {
            let words = format!("{} is not done yet; q again leaves it as it is", job.what);
            model.said = Some((Tone::Warn, words));
            model.leaving = true;
        }
        _ => model.exit = Some(0),
    }
    Taken::Here
}

fn datasets(list: &mut List<Dataset>, key: &Key, room: usize) -> Taken {
    if list.take(key, room) {
        return Taken::Here;
    }
    let Key::Char(c) = key else {
        let Some(one) = list.selected().filter(|_| *key == Key::Enter) else { return Taken::Not };
        let screen = Screen::Versions { name: one.name.clone(), list: List::default() };
        return Taken::Show(screen, Some(Wish::Versions(one.name.clone())));
    };
    let Some(one) = list.selected() else { return elsewhere(key) };
    let (name, latest) = (one.name.as_str(), one.latest.as_deref());
    let form = |verb, version| Taken::Show(Screen::Form(Form::of(verb, name, version)), None);
    match c {
        'p' => form(Verb::Prepare, None),
        'g' => form(Verb::Pull, latest),
        'b' => form(Verb::Rollback, one.before.as_deref()),
        'd' => form(Verb::Delete, None),
        'P' => form(Verb::Prune, None),
        'u' => form(Verb::Restore, None),
        'c' => {
            let page = Page::titled(format!("{name}: what changed here"));
            Taken::Show(Screen::Page(page), Some(Wish::Changes(name.to_owned())))
        }
        _ => elsewhere(key),
    }
}

fn opened((screen, wish): (Screen, Wish)) -> Taken {
    Taken::Show(screen, Some(wish))
}

/// Keys of the first screen that need no dataset.
fn elsewhere(key: &Key) -> Taken {
    match key {
        Key::Char('n' | 'p') => Taken::Show(Screen::Form(Form::of(Verb::Prepare, "", None)), None),
        Key::Char('B') => opened(bucket(Bucket::Staging, String::new())),
        Key::Char('v') => Taken::Show(Screen::Page(Page::titled("What this machine may do")), Some(Wish::Verify)),
        Key::Char('s') => Taken::Show(Screen::Settings(List::default()), Some(Wish::Settings)),
        _ => Taken::Not,
    }
}

fn bucket(bucket: Bucket, prefix: String) -> (Screen, Wish) {
    let wish = Wish::Bucket(bucket, prefix.clone());
    (Screen::Bucket { bucket, prefix, address: String::new(), more: false, list: List::default() }, wish)
}

fn versions(name: &str, list: &mut List<Version>, key: &Key, room: usize) -> Taken {
    if list.take(key, room) {
        return Taken::Here;
    }
    let Some(one) = list.selected() else { return Taken::Not };
    let (version, title) = (one.version.clone(), format!("{name} {}", one.version));
    let page = |title, wish| Taken::Show(Screen::Page(Page::titled(title)), Some(wish));
    let form = |verb| Taken::Show(Screen::Form(Form::of(verb, name, Some(&one.version))), None);
    match key {
        Key::Enter => page(format!("{title}: what it changed"), Wish::Diff(name.to_owned(), one.base.clone(), version)),
        Key::Char('i') => page(title, Wish::Show(name.to_owned(), version)),
        Key::Char('g') => form(Verb::Pull),
        Key::Char('b') => form(Verb::Rollback),
        Key::Char('u') => form(Verb::Restore),
        _ => Taken::Not,
    }
}

/// Scrolls a page.
fn scrolled(page: &mut Page, key: &Key, room: usize, columns: usize) -> Taken {
    let last = wrapped(&page.lines, columns).len().saturating_sub(room + 1);
    let top = page.top.min(last);
    page.top = match key {
        Key::Up | Key::Char('k') => top.saturating_sub(1),
        Key::Down | Key::Char('j') => top + 1,
        Key::PageUp => top.saturating_sub(room),
        Key::PageDown | Key::Char(' ') => top + room,
        Key::Home => 0,
        Key::End => last,
        _ => return Taken::Not,
    }
    .min(last);
    Taken::Here
}

fn form(model: &mut Model, key: &Key) -> Taken {
    let Screen::Form(form) = &mut model.top_mut().screen else { return Taken::Not };
    if form.take(key) {
        return Taken::Here;
    }
    match key {
        Key::Enter => match form.action() {
            Err(fault) => {
                form.fault = Some(fault);
                Taken::Here
            }
            Ok(action) => planned(action),
        },
        Key::Esc => Taken::Not,
        // Letters are no commands where text is typed.
        _ => Taken::Here,
    }
}

/// The screen that shows what an action would do.
fn planned(action: Action) -> Taken {
    let page = Page::titled(format!("Plan: {} {}", action.verb.word(), action.name));
    let typed = (action.verb == Verb::Delete).then(String::new);
    let wish = Wish::Plan(action.clone());
    Taken::Show(Screen::Plan(Plan { action, page, ready: false, acting: false, typed }), Some(wish))
}

fn plan(model: &mut Model, key: &Key, room: usize, columns: usize) -> Taken {
    let Screen::Plan(plan) = &mut model.top_mut().screen else { return Taken::Not };
    let moved = matches!(key, Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Home | Key::End);
    if moved || plan.typed.is_none() && !matches!(key, Key::Enter | Key::Char('r')) {
        return scrolled(&mut plan.page, key, room, columns);
    }
    if *key == Key::Enter {
        let named = plan.typed.as_ref().is_none_or(|typed| *typed == plan.action.name);
        if !plan.ready || plan.acting {
            return Taken::Here;
        }
        if !named {
            model.said = Some((Tone::Bad, "that is not the name; nothing was changed".to_owned()));
            return Taken::Do(Vec::new());
        }
        plan.acting = true;
        let wish = Wish::Act(plan.action.clone());
        let order = model.order(wish);
        model.top_mut().waiting = Some(order.id);
        return Taken::Do(vec![order]);
    }
    match (&mut plan.typed, key) {
        (Some(_), Key::Esc) | (None, _) => Taken::Not,
        (Some(text), key) => {
            typed(text, key);
            Taken::Here
        }
    }
}

fn in_bucket(which: Bucket, prefix: &str, list: &mut List<Item>, key: &Key, room: usize) -> Taken {
    if list.take(key, room) {
        return Taken::Here;
    }
    match key {
        Key::Enter | Key::Right => match list.selected().map(|item| item.name()) {
            Some(name) if name.ends_with('/') => opened(bucket(which, format!("{prefix}{name}"))),
            Some(name) => object(which, &format!("{prefix}{name}")),
            None => Taken::Not,
        },
        // The screen above is the folder above.
        Key::Left | Key::Backspace if !prefix.is_empty() => Taken::Close,
        Key::Tab => {
            let other = if which == Bucket::Staging { Bucket::Production } else { Bucket::Staging };
            let (screen, wish) = bucket(other, String::new());
            Taken::Instead(screen, Some(wish))
        }
        _ => Taken::Not,
    }
}

/// An object whose key spells a digest: where that content came from.
fn object(bucket: Bucket, key: &str) -> Taken {
    let digest = key.split(|c: char| !c.is_ascii_hexdigit()).find(|part| part.len() == 64);
    let page = Page::titled(format!("{} {key}", bucket.word()));
    match digest {
        Some(digest) => Taken::Show(Screen::Page(page), Some(Wish::Why(digest.to_owned()))),
        None => Taken::Here,
    }
}

fn settings(list: &mut List<Setting>, key: &Key, room: usize) -> Taken {
    if list.take(key, room) {
        return Taken::Here;
    }
    match (key, list.selected()) {
        (Key::Enter, Some(one)) => {
            let value = one.value.as_ref().map(|(value, _)| value.as_str());
            Taken::Show(Screen::Form(Form::of(Verb::Configure, one.name, value)), None)
        }
        (Key::Char('t'), _) => Taken::Show(Screen::Page(Page::titled("Do the buckets answer?")), Some(Wish::Reach)),
        _ => Taken::Not,
    }
}

/// Every key there is.
fn help() -> Page {
    let mut lines: Vec<Toned> = Vec::new();
    for (screen, keys) in ALL {
        if !lines.is_empty() {
            lines.push(Vec::new());
        }
        lines.push(vec![(Tone::Good, (*screen).to_owned())]);
        let key =
            |(key, what): &(&str, &str)| vec![(Tone::Plain, format!("  {key:<8}")), (Tone::Dim, (*what).to_owned())];
        lines.extend(keys.iter().map(key));
    }
    lines.push(Vec::new());
    let more = "j and k move too, PageUp and PageDown by pages, Home and End to the ends. Ctrl-C leaves at once.";
    lines.push(vec![(Tone::Plain, more.to_owned())]);
    lines.push(vec![(Tone::Plain, "Every screen is a verb of the command line: git data -h".to_owned())]);
    Page { title: "Keys".to_owned(), lines, top: 0 }
}
