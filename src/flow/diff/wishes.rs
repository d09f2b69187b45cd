//! What a dataset says about the review of its own changes: its keys and rules, and what nobody may see.

use std::collections::BTreeMap;

use super::found::Found;
use super::gate::{self, Rule, Said};
use crate::error::{Error, Result};
use crate::flow::manifest::json::Json;
use crate::flow::manifest::types::Dataset;

/// The members `keys`, `checks`, `redact` and `preview` of a dataset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wishes {
    /// Columns that identify a row, by the table's name; of a file that is one table the name does not matter.
    pub keys: BTreeMap<String, Vec<String>>,
    /// What every change has to keep.
    pub checks: Vec<Rule>,
    /// Columns whose values are shown nowhere.
    pub redact: Vec<String>,
    /// Whether only numbers are shown.
    pub counts: bool,
}

impl Wishes {
    /// Reads them; an error names the member. `counts` holds where the dataset does not say.
    pub fn of(dataset: &Dataset, counts: bool) -> Result<Wishes> {
        let wrong = |member: &str, want: &str| Error::user(format!("`{member}` of a dataset has to be {want}"));
        let list = |member: &str, json: &Option<Json>| -> Result<Vec<String>> {
            json.as_ref().map_or(Ok(Vec::new()), |json| words(json).ok_or_else(|| wrong(member, "a list of texts")))
        };
        let keys = match &dataset.keys {
            None => BTreeMap::new(),
            Some(Json::Object(tables)) => tables
                .iter()
                .map(|(table, columns)| {
                    let columns = words(columns).ok_or_else(|| wrong("keys", "a list of columns for each table"))?;
                    Ok((table.clone(), columns))
                })
                .collect::<Result<_>>()?,
            Some(_) => return Err(wrong("keys", "a list of columns for each table")),
        };
        let checks = list("checks", &dataset.checks)?;
        let counts = match dataset.preview.as_deref() {
            None => counts,
            Some("rows") => false,
            // What a later program means by another word may be less than this.
            Some(_) => true,
        };
        Ok(Wishes {
            keys,
            checks: gate::parse(&checks.join(","), Said::Wanted)?,
            redact: list("redact", &dataset.redact)?,
            counts,
        })
    }

    /// Whether anything is to be hidden.
    #[must_use]
    pub fn hide(&self) -> bool {
        self.counts || !self.redact.is_empty()
    }

    /// What may be shown outside this machine.
    #[must_use]
    pub fn public(&self, found: Found) -> Found {
        let found = found.redacted(&self.redact);
        if self.counts { found.counts_only() } else { found }
    }
}

fn words(json: &Json) -> Option<Vec<String>> {
    let Json::Array(words) = json else { return None };
    words.iter().map(|word| word.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(members: &str) -> Result<Wishes> {
        let text = format!(r#"{{"format":1,"datasets":{{"a.csv":{{"kind":"file",{members}"versions":[]}}}}}}"#);
        let manifest = crate::flow::manifest::parse::parse(text.as_bytes()).unwrap();
        Wishes::of(&manifest.datasets["a.csv"], false)
    }

    #[test]
    fn members_are_read_and_named_where_they_are_wrong() {
        let all =
            of(r#""keys":{"costs":["region","year"]},"checks":["append-only"],"redact":["name"],"preview":"counts","#);
        let all = all.unwrap();
        assert_eq!(all.keys["costs"], ["region", "year"]);
        assert_eq!((all.checks.len(), all.redact, all.counts), (1, vec!["name".to_owned()], true));
        assert_eq!(of("").unwrap(), Wishes::default());
        for (members, told) in [
            (r#""keys":["id"],"#, "`keys`"),
            (r#""redact":"name","#, "`redact`"),
            (r#""checks":["nonsense"],"#, "nonsense"),
        ] {
            assert!(of(members).unwrap_err().message.contains(told), "{members}");
        }
        assert!(of(r#""preview":"less","#).unwrap().counts);
        let usual = |preview: Option<&str>| {
            let dataset = Dataset { preview: preview.map(str::to_owned), ..Dataset::default() };
            Wishes::of(&dataset, true).unwrap().counts
        };
        assert_eq!([usual(None), usual(Some("rows")), usual(Some("counts"))], [true, false, true]);
    }
}
