//! Stories: sessions of people and the publisher, with the real programs, played on every kind of bucket.

/// Plays stories on directories, on the in-process S3 server, and on MiniStack (`tests/run` starts it).
macro_rules! on_every_backend {
    ($($story:ident),+ $(,)?) => {
        mod directory {
            $(#[test] fn $story() { super::$story(&crate::lab::Lab::new(crate::lab::Backend::Directory)); })+
        }
        #[cfg(feature = "s3")]
        mod s3 {
            $(#[test] fn $story() { super::$story(&crate::lab::Lab::new(crate::lab::Backend::S3)); })+
        }
        #[cfg(feature = "s3")]
        mod ministack {
            $(#[test] fn $story() {
                if crate::lab::ministack_is_there() {
                    super::$story(&crate::lab::Lab::new(crate::lab::Backend::MiniStack));
                }
            })+
        }
    };
}

mod attestations;
mod bounded;
mod check;
#[cfg(unix)]
mod comment;
mod failures;
mod file;
mod hosts;
#[cfg(all(unix, feature = "tables"))]
mod inside;
mod keeping;
mod large;
mod migrated;
mod patched;
mod plans;
mod predecessor;
mod publisher;
mod review;
mod several;
mod ssh_keygen;
mod whole;
