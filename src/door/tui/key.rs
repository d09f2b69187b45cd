//! Keys, and what each means where: one table for the footer, the help and the manual.

use super::list::List;
use super::model::{Open, Screen};

/// A key, or text that was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Paste(String),
    Enter,
    Esc,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    Home,
    End,
    Tab,
    BackTab,
    Backspace,
    /// Ctrl-U.
    Clear,
    /// Ctrl-C.
    Interrupt,
}

/// A key and what it does. The first ones of a table are worth most where a footer has little room.
pub(super) type Binding = (&'static str, &'static str);

/// On the list of datasets.
pub(super) const DATASETS: &[Binding] = &[
    ("?", "help"),
    ("q", "quit"),
    ("Enter", "versions"),
    ("c", "changes"),
    ("p", "prepare"),
    ("n", "new"),
    ("g", "pull"),
    ("b", "roll back"),
    ("d", "delete"),
    ("P", "prune"),
    ("u", "restore"),
    ("B", "buckets"),
    ("v", "verify"),
    ("s", "settings"),
    ("/", "filter"),
    ("r", "refresh"),
];

/// On the versions of a dataset.
pub(super) const VERSIONS: &[Binding] = &[
    ("?", "help"),
    ("q", "back"),
    ("Enter", "what it changed"),
    ("i", "all about it"),
    ("g", "pull it"),
    ("b", "roll back to it"),
    ("u", "restore it"),
    ("/", "filter"),
    ("r", "refresh"),
];

/// On a page to read.
pub(super) const PAGE: &[Binding] = &[("q", "back"), ("↑↓", "scroll"), ("r", "again"), ("?", "help")];

/// On a form.
pub(super) const FORM: &[Binding] =
    &[("Enter", "show the plan"), ("Esc", "leave"), ("↑↓", "field"), ("←→", "choose"), ("Ctrl-U", "empty it")];

/// On a plan that was shown.
pub(super) const PLAN: &[Binding] = &[("Enter", "do it"), ("Esc", "leave"), ("↑↓", "scroll")];

/// In a bucket.
pub(super) const BUCKET: &[Binding] = &[
    ("?", "help"),
    ("q", "back"),
    ("Enter", "open"),
    ("←", "up"),
    ("Tab", "other bucket"),
    ("/", "filter"),
    ("r", "refresh"),
];

/// On the settings.
pub(super) const SETTINGS: &[Binding] =
    &[("?", "help"), ("q", "back"), ("Enter", "change"), ("t", "test connection"), ("/", "filter"), ("r", "refresh")];

/// While a filter is typed.
pub(super) const FILTER: &[Binding] = &[("Enter", "keep it"), ("Esc", "show all"), ("↑↓", "move")];

/// Where a screen could not be filled.
const TROUBLE: &[Binding] = &[("?", "help"), ("q", "leave"), ("r", "look again")];

/// Every table under its heading, for the help and the manual.
pub(super) const ALL: &[(&str, &[Binding])] = &[
    ("Datasets", DATASETS),
    ("Versions", VERSIONS),
    ("A page", PAGE),
    ("A form", FORM),
    ("A plan", PLAN),
    ("Buckets", BUCKET),
    ("Settings", SETTINGS),
    ("A filter", FILTER),
];

/// What the footer of a screen offers.
pub(super) fn of(open: &Open) -> &'static [Binding] {
    if open.trouble.is_some() {
        return TROUBLE;
    }
    match &open.screen {
        Screen::Datasets(List { typing: true, .. })
        | Screen::Versions { list: List { typing: true, .. }, .. }
        | Screen::Bucket { list: List { typing: true, .. }, .. }
        | Screen::Settings(List { typing: true, .. }) => FILTER,
        Screen::Datasets(_) => DATASETS,
        Screen::Versions { .. } => VERSIONS,
        Screen::Page(_) => PAGE,
        Screen::Form(_) => FORM,
        Screen::Plan(_) => PLAN,
        Screen::Bucket { .. } => BUCKET,
        Screen::Settings(_) => SETTINGS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_lists_every_key() {
        let manual = include_str!("../../../docs/tui.md");
        for (screen, keys) in ALL {
            let section = manual.split(&format!("| {screen} |")).nth(1).unwrap_or_default();
            let section = section.split("\n\n").next().unwrap_or_default();
            for (key, what) in *keys {
                assert!(section.contains(&format!("| `{key}` | {what} |")), "docs/tui.md, {screen}: `{key}` {what}");
            }
        }
    }
}
