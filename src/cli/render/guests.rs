//! Pages of install and uninstall, what hooks say, and what git shows by the diff driver.

use super::dry;
use crate::cli::Show;
use crate::cli::page::{Page, Tone};
use crate::command::diff::driver::Driven;
use crate::command::hook::Hooked;
use crate::command::install::{Change, HookChange, Installed, Managed, SettingChange};

impl Show for Installed {
    fn show(&self, page: &mut Page) {
        dry(page, self.dry_run);
        let hooks: Vec<_> = self.hooks.iter().filter(|hook| hook.change != Change::Unchanged).collect();
        let moved = |setting: &&SettingChange| !matches!(setting.change, Change::Unchanged | Change::Left);
        let settings: Vec<_> = self.settings.iter().filter(moved).collect();
        if hooks.is_empty() && settings.is_empty() && self.attributes.is_empty() && self.runner.is_none() {
            let what = if self.removal { "Nothing of git data is here" } else { "Everything is in place" };
            page.line(format!("{what}; nothing was changed."));
        }
        for hook in hooks {
            page.line(changed(hook));
        }
        for setting in settings {
            page.line(match (&setting.value, setting.change) {
                (Some(value), _) => format!("{} = {value}", setting.name),
                (None, _) => format!("{} is unset", setting.name),
            });
        }
        if !self.attributes.is_empty() {
            page.line(".gitattributes (added to):");
            self.attributes.iter().for_each(|line| page.toned(Tone::Dim, format!("  {line}")));
        }
        if let Some(runner) = &self.runner {
            by_hand(page, runner);
        }
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }
}

fn changed(one: &HookChange) -> String {
    let (name, path) = (one.hook.name(), one.path.display());
    let before = one.before.as_ref().and_then(|path| path.file_name()).unwrap_or_default().to_string_lossy();
    match one.change {
        Change::New => format!("{name}: new, {path}"),
        Change::Edited => format!("{name}: the lines of git data in {path}"),
        Change::MovedAside => format!("{name}: new, {path}; what was there is now {before}"),
        Change::Removed => format!("{name}: {path} is removed"),
        Change::Restored => format!("{name}: {path} is again what was {before}"),
        Change::Unchanged | Change::Left => format!("{name}: {path} stays as it is"),
    }
}

/// What a person adds to the files of a runner of hooks.
fn by_hand(page: &mut Page, runner: &Managed) {
    page.line(format!("{} manages the hooks here: none was written. Add to its files:", runner.name));
    for addition in &runner.additions {
        page.line(format!("{}:", addition.file));
        addition.lines.iter().for_each(|line| page.line(format!("  {line}")));
    }
    if let Some(command) = &runner.then {
        page.line(format!("Then: {command}"));
    }
}

impl Show for Hooked {
    fn show(&self, page: &mut Page) {
        self.said.iter().for_each(|line| page.line(format!("git data: {line}")));
        self.hints.iter().for_each(|hint| page.line(format!("  hint: {hint}")));
    }

    fn remarks(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl Show for Driven {
    fn show(&self, page: &mut Page) {
        match self {
            Driven::Manifest(lines) => {
                page.line("manifest.json");
                lines.iter().for_each(|line| page.line(format!("  {line}")));
            }
            Driven::File(diffed) => diffed.show(page),
            Driven::Said(words) => page.toned(Tone::Warn, words),
        }
    }
}
