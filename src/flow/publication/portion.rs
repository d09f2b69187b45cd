//! A huge publication shared by several jobs: each takes the objects of its portion, and none needs to know the others.

use std::fmt;
use std::str::FromStr;

use crate::flow::hash::Digest;

/// One of so many portions, as in `2/5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    number: u64,
    of: u64,
}

impl Portion {
    /// Whether the object of that content belongs to it. Digests are spread evenly.
    #[must_use]
    pub fn holds(&self, digest: &Digest) -> bool {
        let [a, b, c, d, ..] = *digest.bytes();
        u64::from(u32::from_be_bytes([a, b, c, d])) % self.of == self.number - 1
    }
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parsed = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parsed {
            Some((number, of)) if number >= 1 && number <= of && of <= 1_000 => Ok(Portion { number, of }),
            _ => Err("a portion is written i/n, from 1/n to n/n, as in 2/5".to_owned()),
        }
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_object_belongs_to_one_portion() {
        let portions: Vec<Portion> = (1..=3).map(|n| format!("{n}/3").parse().unwrap()).collect();
        let mut counts = [0; 3];
        for n in 0_u32..300 {
            let digest = Digest::of(&n.to_le_bytes());
            let holding: Vec<usize> = (0..3).filter(|at| portions[*at].holds(&digest)).collect();
            assert_eq!(holding.len(), 1);
            counts[holding[0]] += 1;
        }
        assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
        assert_eq!(portions[1].to_string(), "2/3");
    }

    #[test]
    fn what_is_no_portion_is_refused() {
        for bad in ["", "1", "0/3", "4/3", "1/0", "a/b", "1/1001", "-1/2"] {
            assert!(bad.parse::<Portion>().is_err(), "{bad}");
        }
    }
}
