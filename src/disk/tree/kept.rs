//! What is kept of a tree beside the repository: the listings of versions that were here, where production holds their
//! contents, and a stat index for each place where it lies. All of it can be had again.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::disk::{atomic, effect, file};
use crate::error::Result;
use crate::flow::hash::Digest;
use crate::flow::tree::{Listing, Places};

/// Listings of so many versions are kept.
const VERSIONS: usize = 4;

/// The folder of one dataset.
#[derive(Clone, Debug)]
pub struct Kept {
    dir: PathBuf,
}

impl Kept {
    /// `<data>/trees/<digits of the name's digest>`.
    #[must_use]
    pub fn new(data: &Path, dataset: &str) -> Self {
        Kept { dir: data.join("trees").join(Digest::of(dataset.as_bytes()).short16()) }
    }

    /// The stat index of the tree at that absolute path.
    #[must_use]
    pub fn index(&self, place: &Path) -> PathBuf {
        let place = Digest::of(place.as_os_str().as_encoded_bytes());
        self.dir.join(format!("{}.index", place.short16()))
    }

    /// The listing of that digest, if it is here and sound.
    #[must_use]
    pub fn listing(&self, digest: &Digest) -> Option<Listing> {
        let path = self.dir.join(format!("{digest}.tree"));
        let packed = std::fs::read(&path).ok()?;
        let listing = Listing::unpack(&packed, digest).ok();
        if listing.is_none() {
            // It is to be kept anew.
            let _ = effect::remove_file(&path);
        }
        listing
    }

    /// All listings that are here and sound, the newest first.
    #[must_use]
    pub fn listings(&self) -> Vec<Listing> {
        let digests = self.newest_first().into_iter().map(|(_, digest)| digest);
        digests.filter_map(|digest| self.listing(&digest)).collect()
    }

    /// Keeps a listing, and forgets the oldest.
    pub fn keep_listing(&self, listing: &Listing, digest: &Digest) -> Result<()> {
        let path = self.dir.join(format!("{digest}.tree"));
        if !file::exists(&path)? {
            file::create_folder(&self.dir)?;
            atomic::write(&path, &listing.pack())?;
        }
        for (_, old) in self.newest_first().into_iter().skip(VERSIONS).filter(|(_, old)| old != digest) {
            for ending in ["tree", "where"] {
                let _ = effect::remove_file(&self.dir.join(format!("{old}.{ending}")));
            }
        }
        Ok(())
    }

    /// Where production holds the contents of that tree, if that is here and sound.
    #[must_use]
    pub fn places(&self, tree: &Digest) -> Option<Places> {
        let bytes = std::fs::read(self.dir.join(format!("{tree}.where"))).ok()?;
        let (packed, sum) = bytes.split_last_chunk::<32>()?;
        if Digest::of(packed) != Digest::from_bytes(*sum) {
            return None;
        }
        Places::unpack(packed).ok()
    }

    /// Keeps where production holds the contents of that tree.
    pub fn keep_places(&self, places: &Places, tree: &Digest) -> Result<()> {
        let mut bytes = places.pack();
        let sum = Digest::of(&bytes);
        bytes.extend_from_slice(sum.bytes());
        file::create_folder(&self.dir)?;
        atomic::write(&self.dir.join(format!("{tree}.where")), &bytes)
    }

    fn newest_first(&self) -> Vec<(SystemTime, Digest)> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let mut found: Vec<_> = entries
            .filter_map(|entry| {
                let digest = Digest::from_hex(entry.file_name().to_str()?.strip_suffix(".tree")?)?;
                Some((entry.metadata().ok()?.modified().ok()?, digest))
            })
            .collect();
        found.sort_unstable_by(|one, two| two.cmp(one));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::tree::{Item, Place, What};

    fn listing(path: &str) -> Listing {
        Listing::of(vec![Item { path: path.into(), what: What::Dir }]).unwrap()
    }

    #[test]
    fn what_is_kept_comes_back_and_the_oldest_goes() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::new(dir.path(), "maps");
        let mut digests = Vec::new();
        for n in 0..6 {
            let listing = listing(&format!("d{n}"));
            kept.keep_listing(&listing, &listing.digest()).unwrap();
            digests.push(listing.digest());
            let path = kept.dir.join(format!("{}.tree", listing.digest()));
            let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000 + n);
            std::fs::File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
        }
        assert_eq!(kept.listing(&digests[5]), Some(listing("d5")));
        assert_eq!(kept.listing(&digests[0]), None);
        assert_eq!(kept.listings().len(), VERSIONS);
        assert_eq!(Kept::new(dir.path(), "other").listings(), []);
    }

    #[test]
    fn what_was_damaged_is_not_here() {
        let dir = tempfile::tempdir().unwrap();
        let kept = Kept::new(dir.path(), "maps");
        let (listing, mut places) = (listing("d"), Places::default());
        places.add(Digest::of(b"1"), Place { key: "maps/x".into(), range: None });
        let digest = listing.digest();
        kept.keep_listing(&listing, &digest).unwrap();
        kept.keep_places(&places, &digest).unwrap();
        assert_eq!(kept.places(&digest), Some(places));
        for ending in ["tree", "where"] {
            let path = kept.dir.join(format!("{digest}.{ending}"));
            let good = std::fs::read(&path).unwrap();
            for at in 0..good.len() {
                let mut bad = good.clone();
                bad[at] ^= 1;
                std::fs::write(&path, bad).unwrap();
                // Some bits of the packing mean nothing; the listing's own digest decides.
                assert!(ending == "where" || kept.listing(&digest).is_none_or(|found| found == listing));
                assert!(ending == "tree" || kept.places(&digest).is_none(), "{at}");
            }
            std::fs::write(&path, good).unwrap();
        }
    }
}
