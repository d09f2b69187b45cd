//! Rules that a change has to keep: the `checks` of a dataset, `--fail-on`, and what `prepare --expect` expects.
//!
//! A rule is one of these, and rules are told apart by commas:
//!
//! | rule | holds when |
//! |---|---|
//! | `dropped-column` or `no-dropped-column` | there is none (so for every word of [`EVENTS`]) |
//! | `append-only` | nothing changed but that rows were added |
//! | `removed-rows<0.1%`, `null-increase>1%` | no more of it than that, whichever sign is written (of [`AMOUNTS`]) |
//! | `rows>1000`, `columns=12`, `added-rows>=1` | it is so; with `--fail-on`: it is not so |
//! | `rows+3000`, `rows-5`, `rows+3000±10%`, `rows±10%` | the number of rows changed by so much, within a margin (`+-` is `±`) |
//!
//! A percentage is one of the older side's rows or cells; of `null-increase` it is percentage points of a column.

mod judge;

pub use self::judge::judge;
use crate::error::{Error, Result};

/// What must not happen.
pub const EVENTS: [&str; 15] = [
    "dropped-column",
    "added-column",
    "renamed-column",
    "retyped-column",
    "reordered-columns",
    "dropped-table",
    "added-table",
    "removed-rows",
    "changed-cells",
    "dup-key",
    "unkeyed",
    "excel-damage",
    "out-of-range",
    "formula",
    "incomplete",
];

/// Of what there must not be much.
pub const AMOUNTS: [&str; 5] = ["removed-rows", "changed-rows", "changed-cells", "format-cells", "null-increase"];

/// What is counted, and may be anything.
const COUNTS: [&str; 3] = ["rows", "columns", "added-rows"];

/// Where a rule stands: it decides what a comparison of a count means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// What has to be so: the manifest's `checks`, `--expect`.
    Wanted,
    /// What must not be so: `--fail-on`.
    Unwanted,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was written.
    pub text: String,
    wants: Wants,
}

#[derive(Clone, Debug, PartialEq)]
enum Wants {
    No(&'static str),
    AppendOnly,
    AtMost { of: &'static str, bound: Amount, or_equal: bool },
    Count { of: &'static str, sign: Sign, bound: f64, wanted: bool },
    Grows { by: f64, margin: Amount },
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Amount {
    number: f64,
    percent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Less,
    AtMost,
    More,
    AtLeast,
    Equal,
}

const SIGNS: [(&str, Sign); 5] =
    [("<=", Sign::AtMost), (">=", Sign::AtLeast), ("<", Sign::Less), (">", Sign::More), ("=", Sign::Equal)];

/// Reads rules; an error names the word that is none.
pub fn parse(text: &str, said: Said) -> Result<Vec<Rule>> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| Ok(Rule { text: word.to_owned(), wants: rule(word, said).ok_or_else(|| unknown(word))? }))
        .collect()
}

fn unknown(word: &str) -> Error {
    let known = [&EVENTS[..], &["append-only"], &AMOUNTS[1..2], &AMOUNTS[3..], &COUNTS].concat().join(" ");
    Error::user(format!("the rule '{word}' is not understood"))
        .hint(format!("rules begin with one of: {known}"))
        .hint("for example: no-dropped-column, removed-rows<0.1%, rows+3000±10%")
}

fn rule(word: &str, said: Said) -> Option<Wants> {
    let (bare, negated) = word.strip_prefix("no-").map_or((word, false), |rest| (rest, true));
    if let Some(event) = EVENTS.into_iter().find(|event| *event == bare) {
        return Some(Wants::No(event));
    }
    if negated {
        return None;
    }
    if word == "append-only" {
        return Some(Wants::AppendOnly);
    }
    let name = word.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(word.len());
    // In `rows-5` the sign ends the name.
    let (name, rest) = if word.starts_with("rows-") { word.split_at(4) } else { word.split_at(name) };
    if let Some((sign, bound)) = SIGNS.iter().find_map(|(spelled, sign)| Some((*sign, rest.strip_prefix(spelled)?))) {
        let bound = amount(bound)?;
        if let Some(of) = AMOUNTS.into_iter().find(|of| *of == name) {
            // At most: either it has to be less, or it must not be more.
            let or_equal = matches!(sign, Sign::AtMost | Sign::More);
            return (sign != Sign::Equal).then_some(Wants::AtMost { of, bound, or_equal });
        }
        let of = COUNTS.into_iter().find(|of| *of == name)?;
        let wanted = said == Said::Wanted;
        return (!bound.percent).then_some(Wants::Count { of, sign, bound: bound.number, wanted });
    }
    if name == "rows" { grows(rest) } else { None }
}

/// `+3000±10%`
fn grows(text: &str) -> Option<Wants> {
    let text = text.replace("+-", "±");
    let (by, margin) = text.split_once('±').map_or((text.as_str(), None), |(by, margin)| (by, Some(margin)));
    let margin = margin.map_or(Some(Amount { number: 0.0, percent: false }), amount)?;
    if by.is_empty() {
        return margin.percent.then_some(Wants::Grows { by: f64::NAN, margin });
    }
    let (sign, digits) =
        by.strip_prefix('+').map_or_else(|| Some((-1.0, by.strip_prefix('-')?)), |by| Some((1.0, by)))?;
    let by = amount(digits).filter(|by| !by.percent)?;
    Some(Wants::Grows { by: sign * by.number, margin })
}

fn amount(text: &str) -> Option<Amount> {
    let (digits, percent) = text.strip_suffix('%').map_or((text, false), |digits| (digits.trim_end(), true));
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'_');
    let number =
        digits.replace('_', "").parse().ok().filter(|_| plain && digits.starts_with(|c: char| c.is_ascii_digit()))?;
    Some(Amount { number, percent })
}

/// Whether a rule needs to know how many values of each column are missing.
#[must_use]
pub fn counts_missing(rules: &[Rule]) -> bool {
    rules.iter().any(|rule| matches!(rule.wants, Wants::AtMost { of: "null-increase", .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::diff::tests::example::found;

    fn broken(text: &str, said: Said) -> Vec<String> {
        judge(&parse(text, said).unwrap(), &found())
    }

    #[test]
    fn rules_that_hold_and_rules_that_are_broken() {
        for (text, count) in [
            ("no-dropped-column", 1),
            ("dropped-column", 1),
            ("added-column,dup-key,excel-damage,formula,unkeyed,incomplete,reordered-columns", 0),
            ("out-of-range", 1),
            ("renamed-column, retyped-column", 2),
            ("removed-rows<0.1%", 0),
            ("removed-rows>0.1%", 0),
            ("removed-rows<0.00001%", 1),
            ("removed-rows<1", 1),
            ("removed-rows<=1", 0),
            ("removed-rows>0", 1),
            ("changed-cells<=5", 0),
            ("changed-cells<5", 1),
            ("null-increase>1%", 0),
            ("append-only", 5),
            ("rows=1200001", 0),
            ("rows>1_200_001", 1),
            ("columns=4", 0),
            ("added-rows>=2", 0),
            ("rows+1", 0),
            ("rows-1", 1),
            ("rows+2", 1),
            ("rows+2±50%", 0),
            ("rows+2+-1", 0),
            ("rows+2±0.5", 1),
            ("rows±1%", 0),
            ("", 0),
        ] {
            assert_eq!(broken(text, Said::Wanted).len(), count, "{text}: {:?}", broken(text, Said::Wanted));
        }
        assert_eq!(broken("dropped-column", Said::Wanted), ["dropped-column: dropped: operator_note"]);
        assert_eq!(broken("removed-rows<1", Said::Wanted), ["removed-rows<1: 1 removed row of 1,200,000"]);
    }

    #[test]
    fn what_fails_is_the_opposite_of_what_is_wanted_for_counts_only() {
        assert_eq!((broken("rows>1000", Said::Wanted).len(), broken("rows>1000", Said::Unwanted).len()), (0, 1));
        for said in [Said::Wanted, Said::Unwanted] {
            assert_eq!((broken("removed-rows>0", said).len(), broken("removed-rows<=1", said).len()), (1, 0));
        }
    }

    #[test]
    fn missing_values_are_judged_by_column() {
        let mut found = found();
        (found.tables[0].touched[1].before.nulls, found.tables[0].touched[1].after.nulls) = (0, 24_000);
        let of = |text: &str| judge(&parse(text, Said::Unwanted).unwrap(), &found);
        assert_eq!(of("null-increase>1%"), ["null-increase>1%: site misses 0 → 24,000 values"]);
        assert_eq!(of("null-increase>2%, null-increase>24000"), [""; 0]);
        assert!(counts_missing(&parse("dup-key,null-increase>1%", Said::Unwanted).unwrap()));
    }

    #[test]
    fn a_word_that_is_no_rule_is_named() {
        for text in [
            "no-append-only",
            "dropped-colum",
            "rows",
            "rows>",
            "rows>x",
            "rows>1%",
            "rows+",
            "rows+5%",
            "rows±5",
            "removed-rows=5",
            "rows>-5",
            "rows>inf",
            "rows>1e3",
            "null-increase",
            "no-",
            "rows-",
            "±",
            "rows+2±",
            "columns+1",
        ] {
            let error = parse(&format!("dup-key,{text}"), Said::Wanted).unwrap_err();
            assert_eq!(error.message, format!("the rule '{text}' is not understood"), "{text}");
        }
    }
}
