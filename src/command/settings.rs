//! The settings one by one: what holds, where it came from, and what it overrules.

use std::collections::BTreeMap;

use crate::command::env::{Env, shared_pairs, with_dotenv};
use crate::error::{Error, Result};
use crate::flow::address::Address;
use crate::flow::proposal::quoted;
use crate::flow::settings::{KNOWN, Origin, Settings};
use crate::flow::text::without_credentials;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in git's configuration.
    pub name: &'static str,
    /// The variable that wins over it.
    pub variable: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// What holds, and who says so.
    pub value: Option<(String, Origin)>,
    /// What others say, who are overruled.
    pub overruled: Vec<(String, Origin)>,
}

/// Every setting there is.
pub fn run(env: &Env<'_>) -> Result<Vec<Setting>> {
    let variables = with_dotenv(&env.repo, &env.root, &env.around.variables, &mut Vec::new())?;
    let own: Vec<(String, String)> = env.repo.config()?.into_iter().map(|s| (s.key, s.value)).collect();
    let (mut ours, mut others) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in variables {
        if name.starts_with("GIT_DATA_") {
            ours.insert(name, value)
        } else {
            others.insert(name, value)
        };
    }
    let none = BTreeMap::new();
    // From the one that wins to the one that everybody overrules.
    let layers = [
        Settings::overlay(&[], &[], &ours)?,
        Settings::overlay(&[], &own, &none)?,
        Settings::overlay(&shared_pairs(&env.root)?, &[], &none)?,
        Settings::overlay(&[], &[], &others)?,
    ];
    let setting = |(name, variable, about): &(&'static str, &'static str, &'static str)| {
        let said = |layer: &Settings| Some((without_credentials(layer.get(name)?), layer.origin(name)?));
        let mut said = layers.iter().filter_map(said);
        Setting { name, variable, about, value: said.next(), overruled: said.collect() }
    };
    Ok(KNOWN.iter().map(setting).collect())
}

/// What [`set`] does, as a person would type it.
#[must_use]
pub fn command(name: &str, value: &str) -> String {
    if value.is_empty() {
        return format!("git config --local --unset-all {name}");
    }
    format!("git config --local --replace-all {name} {}", quoted(value))
}

/// Sets it for this clone, and for nobody else; an empty value takes it away.
pub fn set(env: &Env<'_>, name: &str, value: &str) -> Result<()> {
    if !KNOWN.iter().any(|(known, ..)| *known == name) {
        return Err(Error::usage(format!("{name} is not a setting that this version knows")));
    }
    if matches!(name, "data.staging" | "data.production") && !value.is_empty() {
        Address::parse(value)?;
    }
    if value.is_empty() { env.repo.git().unset_setting(name) } else { env.repo.git().replace_setting(name, value) }
}
