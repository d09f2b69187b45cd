//! Stands in for the readers of typed formats where the program was built without them.

use std::path::Path;

use super::engine::Options;
use super::typed::{Beside, Tables};
use crate::error::{Error, Result};

/// Two databases or workbooks, or Parquet files: not in this build.
pub fn compare(_: &Path, new: &Path, _: &Options<'_>, _: &mut dyn Tables) -> Result<Beside> {
    let what = format!("cannot read the rows of {}: this git-data was built for text tables only", new.display());
    Err(Error::user(what).hint("cargo install git-data --features tables"))
}

/// Patches of Parquet files: not in this build.
pub mod patch {
    use std::path::Path;

    use crate::error::{Error, Result};
    use crate::flow::diff::patch::{Counts, Made, Wanted};
    use crate::flow::hash::Digest;
    use crate::table::Ask;

    /// A patch between two files that are no text tables: none here.
    pub fn make(_: &Path, _: &Path, _: &Ask<'_>, _: &Path) -> Result<Option<Counts>> {
        Ok(None)
    }

    /// A patch of a Parquet file.
    pub fn apply(file: &Path, _: Digest, _: &Path, _: Wanted, _: &Path) -> Result<Made> {
        let what = format!("cannot read {}: this git-data was built for text tables only", file.display());
        Err(Error::user(what).hint("cargo install git-data --features tables"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_to_get_it() {
        struct None;
        impl Tables for None {
            fn rows(
                &mut self,
                _: super::super::typed::Head,
                _: &dyn super::super::records::Records,
                _: &dyn super::super::records::Records,
                _: &Options<'_>,
            ) -> Result<()> {
                unreachable!()
            }
            fn begin(&mut self, _: &super::super::typed::Head) -> Result<&mut dyn crate::flow::diff::pairs::Pairs> {
                unreachable!()
            }
            fn end(&mut self, _: super::super::typed::Head, _: &super::super::engine::Compared<'_>) -> Result<()> {
                unreachable!()
            }
            fn alone(&mut self, _: super::super::typed::Head, _: u64) -> Result<()> {
                unreachable!()
            }
        }
        let options = Options { key: &[], keys: None, primary: &[], order: false, memory: 0, scratch: Path::new("") };
        let error = compare(Path::new("a"), Path::new("b.db"), &options, &mut None).unwrap_err();
        assert_eq!(error.hints, ["cargo install git-data --features tables"]);
    }
}
