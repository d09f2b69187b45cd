//! Frames, to the letter, at three sizes. What a frame shows now is in the message of a test that fails.

use ratatui_core::backend::TestBackend;
use ratatui_core::buffer::Buffer;
use ratatui_core::style::{Color, Modifier};
use ratatui_core::terminal::Terminal;

use super::{Look, draw};
use crate::cli::page::Tone;
use crate::command::browse::Item;
use crate::command::settings::Setting;
use crate::door::tui::key::Key;
use crate::door::tui::model::{Answer, Dataset, Event, Model, Progress, Version};
use crate::door::tui::text::line;
use crate::door::tui::update::tests::{dataset, filled, page, press};
use crate::door::tui::update::update;
use crate::flow::settings::Origin;
use crate::flow::text::is_hostile;

const PLAIN: Look = Look { colour: false, unicode: true };
const SIZES: [(u16, u16); 3] = [(80, 24), (20, 10), (120, 40)];

fn cells(model: &mut Model, look: Look, size: (u16, u16)) -> Buffer {
    update(model, Event::Size(size.0, size.1));
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(model, look, frame.buffer_mut())).unwrap();
    terminal.backend().buffer().clone()
}

/// The characters of a frame, without the blanks at the ends of lines.
fn frame(model: &mut Model, look: Look, size: (u16, u16)) -> String {
    let buffer = cells(model, look, size);
    let mut text = String::new();
    for y in 0..size.1 {
        let line: String = (0..size.0).map(|x| buffer[(x, y)].symbol()).collect();
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// The frames of a model at every size.
fn frames(model: &mut Model) -> String {
    let one = |size: (u16, u16)| format!("=== {} x {}\n{}", size.0, size.1, frame(model, PLAIN, size));
    SIZES.map(one).concat()
}

#[track_caller]
fn pinned(name: &str, found: &str, expected: &str) {
    assert!(found == expected, "frames/{name}.txt is now:\n{found}");
}

fn datasets() -> Model {
    let mut energy = dataset("eu/energy.sqlite", "v12");
    energy.here = (Tone::Warn, "changed".to_owned());
    energy.size = "1.4 GiB".to_owned();
    let mut new = dataset("photos", "v1");
    new.latest = None;
    new.state = (Tone::Warn, "pending".to_owned());
    new.size = "88.1 MiB".to_owned();
    new.about = "1,204 files".to_owned();
    new.here = (Tone::Dim, "not here".to_owned());
    let mut prices = dataset("prices.csv", "v3");
    prices.about = "v4 proposed".to_owned();
    filled(vec![energy, new, prices])
}

fn version(version: &str, base: Option<&str>, state: (Tone, &str), message: &str) -> Version {
    Version {
        version: version.to_owned(),
        base: base.map(str::to_owned),
        state: (state.0, state.1.to_owned()),
        size: "1.2 KiB".to_owned(),
        day: "2026-11-21".to_owned(),
        message: message.to_owned(),
    }
}

#[test]
fn the_datasets() {
    pinned("datasets", &frames(&mut datasets()), include_str!("frames/datasets.txt"));
}

#[test]
fn the_versions_of_one() {
    let mut model = datasets();
    let orders = press(&mut model, "jj\n");
    let versions = vec![
        version(
            "v3",
            Some("v2"),
            (Tone::Good, "published"),
            "Add the costs of 2025, and correct those of Spain in 2024",
        ),
        version("v2", Some("v1"), (Tone::Dim, "retired"), "Wrong unit"),
        version("v1", None, (Tone::Good, "published"), "First"),
    ];
    update(&mut model, Event::Done(orders[0].id, Ok(Answer::Versions(versions))));
    pinned("versions", &frames(&mut model), include_str!("frames/versions.txt"));
}

#[test]
fn a_form_and_the_plan_of_a_deletion() {
    let mut model = datasets();
    let plan = press(&mut model, "dold\n");
    press(&mut model, "\u{1b}");
    let form = frames(&mut model);
    press(&mut model, "\n");
    let _ = page(&mut model, &plan, "late");
    let plan = vec![crate::door::tui::model::Order { id: model.last, wish: plan[0].wish.clone() }];
    let text = "$ git data delete eu/energy.sqlite --yes --confirm eu/energy.sqlite -m old --pr\n\n\
                Nothing was changed; this is the plan:\neu/energy.sqlite: every version is given up.\n  v12 → retired";
    page(&mut model, &plan, text);
    press(&mut model, "eu/en");
    pinned("deletion", &format!("{form}{}", frames(&mut model)), include_str!("frames/deletion.txt"));
}

#[test]
fn a_bucket_the_settings_and_the_help() {
    let mut model = datasets();
    let orders = press(&mut model, "B");
    let item = |name: &str, objects, size, belongs_to: Option<&str>| Item {
        name: name.to_owned(),
        objects,
        size,
        belongs_to: belongs_to.map(str::to_owned),
    };
    let items = vec![item(".git-data/", 3, 900, None), item(&"ab".repeat(32), 1, 1_234, Some("prices.csv v3"))];
    let answer = Answer::Bucket { address: "file:.buckets/staging".to_owned(), items, more: true };
    update(&mut model, Event::Done(orders[0].id, Ok(answer)));
    let bucket = frames(&mut model);
    let orders = press(&mut model, "qs");
    let setting = |name, value: Option<(&str, Origin)>| Setting {
        name,
        variable: "GIT_DATA_STAGING",
        about: "bucket that proposals go to",
        value: value.map(|(value, origin)| (value.to_owned(), origin)),
        overruled: vec![("s3://old".to_owned(), Origin::Shared)],
    };
    let all = vec![setting("data.staging", Some(("s3://mine", Origin::Git))), setting("data.region", None)];
    update(&mut model, Event::Done(orders[0].id, Ok(Answer::Settings(all))));
    let settings = frames(&mut model);
    press(&mut model, "?");
    pinned("others", &[bucket, settings, frames(&mut model)].concat(), include_str!("frames/others.txt"));
}

#[test]
fn no_repository_and_work_that_goes_on() {
    let (mut model, orders) = Model::new((80, 24));
    update(&mut model, Event::Done(orders[0].id, Err(vec![line(Tone::Bad, "error: /tmp/x is in no git repository")])));
    let none = frames(&mut model);
    let mut model = datasets();
    let orders = press(&mut model, "v");
    let progress = Progress { what: "reading data/energy.sqlite".to_owned(), done: 512, total: 2_048 };
    update(&mut model, Event::Progress(orders[0].id, Some(progress)));
    let progress = frames(&mut model);
    update(&mut model, Event::Key(Key::Esc));
    press(&mut model, "/en");
    pinned("begin", &[none, progress, frames(&mut model)].concat(), include_str!("frames/begin.txt"));
}

#[test]
fn every_screen_can_be_drawn_at_every_size() {
    for columns in [0, 1, 2, 7, 19, 40, 300] {
        for lines in [0, 1, 2, 3, 4, 7, 100] {
            for keys in ["", "\n", "?", "p", "d\n", "B", "s", "v", "P\n", "/x", "c"] {
                let mut model = datasets();
                update(&mut model, Event::Size(columns, lines));
                press(&mut model, keys);
                for key in [Key::Down, Key::PageDown, Key::End, Key::Up] {
                    update(&mut model, Event::Key(key));
                }
                frame(&mut model, PLAIN, (columns, lines));
            }
        }
    }
}

#[test]
fn colour_is_there_unless_it_is_not_wanted() {
    let coloured = |look| {
        let buffer = cells(&mut datasets(), look, (80, 24));
        buffer.content.iter().any(|cell| cell.fg != Color::Reset || cell.bg != Color::Reset)
    };
    assert!(coloured(Look { colour: true, unicode: true }));
    assert!(!coloured(PLAIN));
    // What is selected is seen without it.
    let buffer = cells(&mut datasets(), PLAIN, (80, 24));
    assert!(buffer[(0, 2)].symbol() == ">" && buffer[(2, 2)].modifier.contains(Modifier::BOLD));
}

#[test]
fn without_utf_8_everything_is_ascii() {
    let mut model = datasets();
    for keys in ["", "?", "qp", "\u{1b}g"] {
        press(&mut model, keys);
        let frame = frame(&mut model, Look { colour: false, unicode: false }, (40, 12));
        assert!(frame.is_ascii(), "{frame}");
    }
}

#[test]
fn names_and_messages_cannot_steer_the_terminal() {
    let hostile = "a\u{1b}[2J\u{202e}\nb";
    let mut one = dataset("x", "v1");
    one.name = hostile.to_owned();
    one.about = "\u{9b}31m".to_owned();
    let mut model = filled(vec![Dataset { before: None, ..one }]);
    assert!(frame(&mut model, PLAIN, (80, 24)).contains("\\u{9b}31m"));
    for keys in ["", "p", "\u{1b}d\n", "\u{1b}\u{1b}c", "q\n"] {
        press(&mut model, keys);
        let frame = frame(&mut model, PLAIN, (80, 24));
        assert!(!frame.chars().any(|c| is_hostile(c) && c != '\n'), "{frame:?}");
        assert!(frame.contains("a\\u{1b}[2J\\u{202e}\\nb"), "spelled, not left out: {frame}");
    }
}
