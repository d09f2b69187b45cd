//! Events in, model and orders out: no terminal, no thread.

use super::update;
use crate::cli::page::Tone;
use crate::command::browse::{Bucket, Item};
use crate::command::settings::Setting;
use crate::door::tui::action::{Reach, Verb};
use crate::door::tui::key::Key;
use crate::door::tui::model::{Answer, Dataset, Event, Model, Order, Progress, Screen, Version, Wish};
use crate::door::tui::text::line;
use crate::flow::settings::Origin;

/// A dataset as the list shows it.
pub(in crate::door::tui) fn dataset(name: &str, latest: &str) -> Dataset {
    Dataset {
        name: name.to_owned(),
        latest: Some(latest.to_owned()),
        before: Some("v1".to_owned()),
        state: (Tone::Good, "published".to_owned()),
        size: "1.2 KiB".to_owned(),
        here: (Tone::Good, format!("current {latest}")),
        about: String::new(),
    }
}

/// The first screen, filled.
pub(in crate::door::tui) fn filled(datasets: Vec<Dataset>) -> Model {
    let (mut model, orders) = Model::new((80, 24));
    assert_eq!(orders.len(), 1);
    let answer = Answer::Datasets { place: "lab  main".to_owned(), datasets, notes: Vec::new() };
    assert!(update(&mut model, Event::Done(orders[0].id, Ok(answer))).is_empty());
    model
}

fn two() -> Model {
    filled(vec![dataset("a.csv", "v2"), dataset("b.csv", "v3")])
}

/// Presses keys; gives the orders of the last one.
pub(in crate::door::tui) fn press(model: &mut Model, keys: &str) -> Vec<Order> {
    let key = |c| match c {
        '\n' => Key::Enter,
        '\u{1b}' => Key::Esc,
        '\t' => Key::Tab,
        '<' => Key::Left,
        '>' => Key::Right,
        '\u{3}' => Key::Interrupt,
        c => Key::Char(c),
    };
    keys.chars().map(|c| update(model, Event::Key(key(c)))).last().unwrap_or_default()
}

/// Answers an order with a page.
pub(in crate::door::tui) fn page(model: &mut Model, orders: &[Order], text: &str) -> Vec<Order> {
    let answer = Answer::Page(text.lines().map(|text| line(Tone::Plain, text)).collect(), true);
    update(model, Event::Done(orders[0].id, Ok(answer)))
}

fn wishes(orders: &[Order]) -> Vec<Wish> {
    orders.iter().map(|order| order.wish.clone()).collect()
}

#[test]
fn enter_opens_versions_then_what_one_changed_and_q_goes_back() {
    let mut model = two();
    let orders = press(&mut model, "j\n");
    assert_eq!(wishes(&orders), [Wish::Versions("b.csv".to_owned())]);
    let version = |version: &str, base: Option<&str>| Version {
        version: version.to_owned(),
        base: base.map(str::to_owned),
        state: (Tone::Good, "published".to_owned()),
        size: String::new(),
        day: String::new(),
        message: String::new(),
    };
    let versions = vec![version("v2", Some("v1")), version("v1", None)];
    update(&mut model, Event::Done(orders[0].id, Ok(Answer::Versions(versions))));
    let diff = |base: Option<&str>, version: &str| {
        [Wish::Diff("b.csv".to_owned(), base.map(str::to_owned), version.to_owned())]
    };
    assert_eq!(wishes(&press(&mut model, "\n")), diff(Some("v1"), "v2"));
    assert_eq!(wishes(&press(&mut model, "qj\n")), diff(None, "v1"));
    assert_eq!(wishes(&press(&mut model, "qi")), [Wish::Show("b.csv".to_owned(), "v1".to_owned())]);
    press(&mut model, "q\u{1b}");
    assert!(matches!(model.top().screen, Screen::Datasets(_)) && model.exit.is_none());
    press(&mut model, "q");
    assert_eq!(model.exit, Some(0));
}

#[test]
fn nothing_is_done_before_its_plan_was_shown_and_agreed_to() {
    let mut model = two();
    let plan = press(&mut model, "p\n");
    let Wish::Plan(action) = &plan[0].wish else { panic!("{plan:?}") };
    assert_eq!((action.verb, action.name.as_str(), action.reach), (Verb::Prepare, "a.csv", Reach::PullRequest));
    assert_eq!(press(&mut model, "\n"), [], "the plan is not there yet");
    page(&mut model, &plan, "would");
    let act = press(&mut model, "\n");
    assert_eq!(wishes(&act), [Wish::Act(action.clone())]);
    assert_eq!(press(&mut model, "\n"), [], "it is not done twice");
    assert_eq!(press(&mut model, "r"), [], "nor planned again meanwhile");
    let again = page(&mut model, &act, "did");
    assert_eq!(wishes(&again), [Wish::Datasets], "the list may have changed");
    let Screen::Page(done) = &model.top().screen else { panic!("{:?}", model.top()) };
    assert_eq!(done.title, "Done: prepare a.csv");
    press(&mut model, "q");
    assert!(matches!(model.top().screen, Screen::Datasets(_)), "the form and the plan are gone");
}

#[test]
fn a_plan_that_cannot_be_made_cannot_be_done() {
    let mut model = two();
    let plan = press(&mut model, "g\n");
    update(&mut model, Event::Done(plan[0].id, Err(vec![line(Tone::Bad, "error: no")])));
    assert!(model.top().trouble.is_some());
    assert_eq!(press(&mut model, "\n"), []);
    let orders = press(&mut model, "r");
    assert!(matches!(orders[0].wish, Wish::Plan(_)), "r tries again");
    page(&mut model, &orders, "would");
    assert!(matches!(press(&mut model, "\n")[0].wish, Wish::Act(_)));
}

#[test]
fn delete_wants_the_name_and_letters_are_no_commands_meanwhile() {
    let mut model = two();
    let plan = press(&mut model, "d\n");
    page(&mut model, &plan, "every version is given up");
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(press(&mut model, "b.csv\n"), [], "that is the other one");
    assert_eq!(model.said.as_ref().map(|(tone, _)| *tone), Some(Tone::Bad));
    update(&mut model, Event::Key(Key::Clear));
    let act = press(&mut model, "a.csv\n");
    let Wish::Act(action) = &act[0].wish else { panic!("{act:?}") };
    assert_eq!((action.verb, action.name.as_str()), (Verb::Delete, "a.csv"));
}

#[test]
fn a_form_says_what_is_missing_and_esc_leaves_it() {
    let mut model = two();
    assert_eq!(press(&mut model, "P\n"), []);
    let Screen::Form(form) = &model.top().screen else { panic!() };
    assert!(form.fault.is_some_and(|fault| fault.contains("number")));
    assert!(matches!(&press(&mut model, "2\n")[0].wish, Wish::Plan(action) if action.keep == 2));
    press(&mut model, "\u{1b}q?");
    assert!(matches!(model.top().screen, Screen::Form(_)), "q and ? are letters here");
    press(&mut model, "\u{1b}");
    assert!(matches!(model.top().screen, Screen::Datasets(_)));
}

#[test]
fn a_rollback_offers_the_version_before_and_a_pull_the_latest() {
    let mut model = two();
    let version = |orders: Vec<Order>| match &orders[0].wish {
        Wish::Plan(action) => action.version.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(version(press(&mut model, "b\n")).as_deref(), Some("v1"));
    assert_eq!(version(press(&mut model, "\u{1b}\u{1b}g\n")).as_deref(), Some("v2"));
    assert_eq!(version(press(&mut model, "\u{1b}\u{1b}u\n")), None, "all retired ones");
}

#[test]
fn leaving_is_asked_twice_while_something_changes_and_ctrl_c_is_not_asked() {
    let mut model = two();
    let plan = press(&mut model, "g\n");
    page(&mut model, &plan, "would");
    let act = press(&mut model, "\n");
    press(&mut model, "\u{1b}\u{1b}q");
    assert_eq!(model.exit, None);
    assert!(model.said.as_ref().is_some_and(|(_, words)| words.contains("pull a.csv is not done yet")));
    press(&mut model, "jq");
    assert_eq!(model.exit, None, "another key in between begins anew");
    // It is told although its screen is closed.
    page(&mut model, &act, "did");
    assert_eq!(model.said, Some((Tone::Good, "pull a.csv is done".to_owned())));
    press(&mut model, "q");
    assert_eq!(model.exit, Some(0));
    let mut model = two();
    press(&mut model, "p\u{3}");
    assert_eq!(model.exit, Some(130), "also on a form");
}

#[test]
fn answers_that_nobody_waits_for_are_dropped_and_progress_belongs_to_its_job() {
    let mut model = two();
    let orders = press(&mut model, "v");
    let progress = Progress { what: "reading".to_owned(), done: 1, total: 2 };
    update(&mut model, Event::Progress(orders[0].id, Some(progress.clone())));
    update(&mut model, Event::Progress(99, Some(progress.clone())));
    assert_eq!(model.jobs.last().and_then(|job| job.progress.clone()), Some(progress));
    press(&mut model, "q");
    page(&mut model, &orders, "late");
    assert!(model.jobs.is_empty() && matches!(model.top().screen, Screen::Datasets(_)) && model.said.is_none());
    assert!(page(&mut model, &orders, "twice").is_empty());
}

#[test]
fn without_a_repository_one_can_look_again_read_the_help_and_leave() {
    let (mut model, orders) = Model::new((80, 24));
    update(&mut model, Event::Done(orders[0].id, Err(vec![line(Tone::Bad, "error: no repository")])));
    assert_eq!(press(&mut model, "\n"), []);
    assert_eq!(wishes(&press(&mut model, "r")), [Wish::Datasets]);
    press(&mut model, "?");
    assert!(matches!(&model.top().screen, Screen::Page(page) if page.title == "Keys"));
    press(&mut model, "qq");
    assert_eq!(model.exit, Some(0));
}

#[test]
fn buckets_are_walked_in_both_directions() {
    let mut model = two();
    let orders = press(&mut model, "B");
    assert_eq!(wishes(&orders), [Wish::Bucket(Bucket::Staging, String::new())]);
    let orders = press(&mut model, "\t");
    assert_eq!(wishes(&orders), [Wish::Bucket(Bucket::Production, String::new())]);
    let item = |name: &str| Item { name: name.to_owned(), objects: 1, size: 1, belongs_to: None };
    let answer = |items| Ok(Answer::Bucket { address: "file:p".to_owned(), items, more: false });
    update(&mut model, Event::Done(orders[0].id, answer(vec![item("a.csv/")])));
    let orders = press(&mut model, "\n");
    assert_eq!(wishes(&orders), [Wish::Bucket(Bucket::Production, "a.csv/".to_owned())]);
    let digest = "ab".repeat(32);
    update(&mut model, Event::Done(orders[0].id, answer(vec![item(&format!("v1-{digest}.csv"))])));
    assert_eq!(wishes(&press(&mut model, "\n")), [Wish::Why(digest)]);
    press(&mut model, "q<");
    assert!(matches!(&model.top().screen, Screen::Bucket { prefix, .. } if prefix.is_empty()));
}

#[test]
fn a_setting_is_changed_after_its_plan_too() {
    let mut model = two();
    let orders = press(&mut model, "s");
    assert_eq!(wishes(&orders), [Wish::Settings]);
    let setting = Setting {
        name: "data.tries",
        variable: "GIT_DATA_TRIES",
        about: "how often",
        value: Some(("8".to_owned(), Origin::Shared)),
        overruled: Vec::new(),
    };
    update(&mut model, Event::Done(orders[0].id, Ok(Answer::Settings(vec![setting]))));
    assert_eq!(wishes(&press(&mut model, "t")), [Wish::Reach]);
    let plan = press(&mut model, "q\n0\n");
    let Wish::Plan(action) = &plan[0].wish else { panic!("{plan:?}") };
    assert_eq!(action.command(), "git config --local --replace-all data.tries 80");
    page(&mut model, &plan, "here only");
    let act = press(&mut model, "\n");
    let again = page(&mut model, &act, "");
    assert_eq!(wishes(&again), [Wish::Datasets, Wish::Settings]);
    assert!(matches!(model.top().screen, Screen::Settings(_)));
}

#[test]
fn a_page_scrolls_to_its_end_and_no_further() {
    let mut model = two();
    let orders = press(&mut model, "v");
    page(&mut model, &orders, &"line\n".repeat(50));
    update(&mut model, Event::Key(Key::End));
    let top = |model: &Model| if let Screen::Page(page) = &model.top().screen { page.top } else { panic!() };
    let end = top(&model);
    press(&mut model, "jjj ");
    assert_eq!(top(&model), end);
    assert_eq!(end, 50 - model.room());
    update(&mut model, Event::Size(20, 10));
    press(&mut model, "k");
    assert_eq!(top(&model), end - 1);
}
