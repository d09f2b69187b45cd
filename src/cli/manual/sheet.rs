//! One manual page, as git writes its own: NAME, SYNOPSIS, DESCRIPTION, OPTIONS, EXIT STATUS, FILES, EXAMPLES, SEE ALSO.

use clap::{Arg, ArgAction, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, italic, roman};

use super::extras::Extra;
use crate::cli::exit;
use crate::flow::settings::{KNOWN, Known};

/// Files that the front page tells of.
const FILES: [(&str, &str); 6] = [
    ("manifest.json", "Every dataset and version; the only source of truth. Committed."),
    ("diffs/", "A page for each version, with what changed inside the data. Committed."),
    (".gitdata", "Settings that everybody shares, in the syntax of git-config(1); never a credential. Committed."),
    (".env", "R2_… and GIT_DATA_… variables of this machine. Never committed, and not read when it is."),
    ("$GIT_COMMON_DIR/data/", "Journals, indexes and locks of this clone."),
    ("$XDG_CACHE_HOME/git-data/", "The content cache that all clones share; ~/.cache/git-data without that variable."),
];

/// The page of a command that was built.
pub(super) fn roff(command: &Command, name: &str, extra: &Extra) -> String {
    let mut options = Vec::new();
    Man::new(command.clone()).render_options_section(&mut options).expect("memory can be written");
    let options = String::from_utf8(options).expect("roff of text is text");
    let mut parts = vec![head(command, name).render(), options];
    if command.has_subcommands() {
        parts.push(verbs(command).render());
    }
    parts.push(end(name, extra).render());
    // Each part begins with the same preamble; one is enough.
    let preamble = Roff::default().render();
    let bare = parts.iter().map(|part| part.strip_prefix(&preamble).unwrap_or(part));
    std::iter::once(preamble.as_str()).chain(bare).flat_map(str::chars).map(portable).collect()
}

/// A character as every troff reads it, whatever encoding it expects.
fn portable(c: char) -> String {
    if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) }
}

/// Down to the description.
fn head(command: &Command, name: &str) -> Roff {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let mut roff = Roff::default();
    let source = concat!("git-data ", env!("CARGO_PKG_VERSION"));
    // No date: the same source makes the same page.
    roff.control("TH", [name.to_uppercase().as_str(), "1", "\"\"", source, "Git Data Manual"]);
    roff.control("SH", ["NAME"]);
    roff.text([roman(format!("{name} - {about}"))]);
    roff.control("SH", ["SYNOPSIS"]);
    roff.text(synopsis(command));
    roff.control("SH", ["DESCRIPTION"]);
    // The name says the first line already, unless there is no other.
    let more = long.strip_prefix(&about).unwrap_or(&long).trim_start_matches(['.', '\n']);
    for line in if more.is_empty() { about.as_str() } else { more }.lines() {
        if line.trim().is_empty() {
            roff.control("PP", [])
        } else {
            roff.text([roman(line)])
        };
    }
    roff
}

/// What can be typed, with its values.
fn synopsis(command: &Command) -> Vec<Inline> {
    let mut line = vec![bold(command.get_bin_name().unwrap_or(command.get_name()))];
    let own =
        |arg: &&Arg| !arg.is_hide_set() && !arg.is_global_set() && !matches!(arg.get_id().as_str(), "help" | "version");
    for option in command.get_arguments().filter(own).filter(|arg| !arg.is_positional()) {
        let (open, close) = if option.is_required_set() { (" ", "") } else { (" [", "]") };
        let short = option.get_short().map(|short| format!("-{short}"));
        let long = option.get_long().map(|long| format!("--{long}"));
        line.push(roman(open));
        line.push(bold(short.into_iter().chain(long).collect::<Vec<_>>().join("|")));
        if matches!(option.get_action(), ArgAction::Set | ArgAction::Append) {
            line.push(italic(format!(" {}", values(option))));
        }
        line.push(roman(close));
    }
    for value in command.get_positionals().filter(own) {
        let many = if matches!(value.get_action(), ArgAction::Append) { "…" } else { "" };
        let ends = if value.is_last_set() { "-- " } else { "" };
        let (open, close) = if value.is_required_set() { ("", "") } else { ("[", "]") };
        line.extend([roman(format!(" {open}{ends}")), italic(values(value)), roman(format!("{many}{close}"))]);
    }
    if command.has_subcommands() {
        let (open, close) = if command.is_subcommand_required_set() { ("", "") } else { ("[", "]") };
        line.extend([roman(format!(" {open}")), italic("<verb>"), roman(format!(" …{close}"))]);
    }
    line
}

/// The values of an argument as git spells them.
fn values(arg: &Arg) -> String {
    let names: Vec<String> = match arg.get_value_names() {
        Some(names) => names.iter().map(|name| format!("<{}>", name.to_lowercase())).collect(),
        None => vec![format!("<{}>", arg.get_id().as_str().to_lowercase())],
    };
    names.join(" ")
}

fn verbs(command: &Command) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", ["VERBS"]);
    for verb in super::verbs(command) {
        roff.control("TP", []);
        roff.text([bold(super::name(verb)), roman("(1)")]);
        roff.text([roman(verb.get_about().map(ToString::to_string).unwrap_or_default())]);
    }
    roff
}

/// What follows from no command line.
fn end(name: &str, extra: &Extra) -> Roff {
    let mut roff = Roff::default();
    list(&mut roff, "EXIT STATUS", exit::TABLE.iter().map(|(code, _, about)| (vec![bold(code.to_string())], *about)));
    let program = matches!(name, "git-data" | "git-data-publish");
    let settings: Vec<&Known> = KNOWN
        .iter()
        .filter(|(known, ..)| program || extra.settings.iter().any(|s| s.eq_ignore_ascii_case(known)))
        .collect();
    if !settings.is_empty() {
        let words = |known: &&'static Known| (vec![bold(spelled(known)), roman(", "), bold(known.1)], known.2);
        list(&mut roff, "CONFIGURATION AND ENVIRONMENT", settings.iter().map(words));
        paragraph(&mut roff, "The variable wins over git-config(1), which wins over .gitdata of the repository.");
    }
    if program {
        list(&mut roff, "FILES", FILES.iter().map(|(file, about)| (vec![bold(*file)], *about)));
    }
    if !extra.examples.is_empty() {
        roff.control("SH", ["EXAMPLES"]);
        for (why, line) in extra.examples {
            paragraph(&mut roff, why);
            roff.control("RS", ["4"]).control("nf", []);
            roff.text([bold(*line)]);
            roff.control("fi", []).control("RE", []);
        }
    }
    roff.control("SH", ["SEE ALSO"]);
    let front = (name != "git-data").then_some("git-data");
    let others = front.into_iter().chain(extra.see.iter().copied().filter(|other| Some(*other) != front));
    let others = others.map(|other| format!("{other}({})", if other.starts_with("gita") { 5 } else { 1 }));
    roff.text([roman(others.collect::<Vec<_>>().join(", "))]);
    paragraph(&mut roff, "\"git data help\" lists the topics of the manual.");
    roff.control("SH", ["GIT DATA"]);
    roff.text([roman("Part of the "), bold("git-data"), roman("(1) suite")]);
    roff
}

/// A setting as git's own are spelled: `data.pathStyle`. Its variable knows where words begin.
fn spelled((name, variable, _): &Known) -> String {
    let (section, own) = name.split_once('.').expect("a setting has a section");
    let words = variable.trim_start_matches("GIT_DATA_").split('_').skip(usize::from(section != "data"));
    let mut spelled = format!("{section}.");
    for (number, word) in words.enumerate() {
        let (first, rest) = word.split_at(usize::from(number > 0));
        spelled.push_str(first);
        spelled.push_str(&rest.to_lowercase());
    }
    debug_assert_eq!(spelled.to_lowercase(), format!("{section}.{own}"));
    spelled
}

fn paragraph(roff: &mut Roff, text: &str) {
    roff.control("PP", []);
    roff.text([roman(text)]);
}

fn list(roff: &mut Roff, title: &str, items: impl Iterator<Item = (Vec<Inline>, &'static str)>) {
    roff.control("SH", [title]);
    for (head, about) in items {
        roff.control("TP", []);
        roff.text(head);
        roff.text([roman(about)]);
    }
}
