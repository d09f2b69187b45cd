//! The settings by which git calls the merge driver and the diff driver.

use super::{Change, SettingChange};
use crate::error::Result;
use crate::git::{Git, Whose};

/// Each setting: `.gitattributes` names the drivers `git-data`.
const SETTINGS: [(&str, &str); 3] = [
    ("merge.git-data.name", "git data: manifest.json by meaning"),
    ("merge.git-data.driver", "git data merge --driver %O %A %B"),
    ("diff.git-data.command", "git data diff-driver"),
];

/// Whether a value was set by a program like this one, also an older one.
fn is_ours(value: &str) -> bool {
    value.starts_with("git data")
}

/// What is set. A value that is a person's own stays.
pub(super) fn plan(git: &Git, whose: Whose) -> Result<Vec<SettingChange>> {
    let mut all = Vec::new();
    for (name, wanted) in SETTINGS {
        let change = match git.value(whose, name)? {
            Some(value) if value == wanted => Change::Unchanged,
            Some(value) if is_ours(&value) => Change::Edited,
            Some(_) => Change::Left,
            None => Change::New,
        };
        all.push(SettingChange { name: name.to_owned(), value: Some(wanted.to_owned()), change });
    }
    Ok(all)
}

/// What is taken away: what was set by us.
pub(super) fn removal(git: &Git, whose: Whose) -> Result<Vec<SettingChange>> {
    let mut all = Vec::new();
    for (name, _) in SETTINGS {
        let change = match git.value(whose, name)? {
            Some(value) if is_ours(&value) => Change::Removed,
            Some(_) => Change::Left,
            None => Change::Unchanged,
        };
        all.push(SettingChange { name: name.to_owned(), value: None, change });
    }
    Ok(all)
}

/// What stays although it is not ours.
pub(super) fn note(settings: &[SettingChange]) -> Vec<String> {
    let left = settings.iter().filter(|setting| setting.change == Change::Left);
    left.map(|setting| format!("{} is set to something else, and stays that", setting.name)).collect()
}

/// Does it.
pub(super) fn apply(git: &Git, whose: Whose, settings: &[SettingChange]) -> Result<()> {
    for setting in settings {
        match (setting.change, &setting.value) {
            (Change::New | Change::Edited, Some(value)) => git.set_value(whose, &setting.name, value)?,
            (Change::Removed, _) => git.unset_value(whose, &setting.name)?,
            _ => {}
        }
    }
    Ok(())
}
