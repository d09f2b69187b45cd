//! The two buckets of a laboratory, looked at past all programs: what is really there.

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "s3")]
use super::ministack::MiniStack;
use super::{Backend, Role};
#[cfg(feature = "s3")]
use crate::s3::{Backdoor, Credentials, Mode, REGION, Rights, Server};

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    Staging,
    Production,
}

impl Which {
    pub(super) fn word(self) -> &'static str {
        match self {
            Which::Staging => "staging",
            Which::Production => "production",
        }
    }
}

/// Both, of some kind.
pub(super) enum Buckets {
    Directory(PathBuf),
    #[cfg(feature = "s3")]
    S3(Box<Served>),
    #[cfg(feature = "s3")]
    MiniStack(Box<MiniStack>),
}

/// The in-process server and its two keys.
#[cfg(feature = "s3")]
pub(super) struct Served {
    server: Server,
    developer: Credentials,
    publisher: Credentials,
}

impl Buckets {
    pub(super) fn new(backend: Backend, root: &Path) -> Buckets {
        match backend {
            Backend::Directory => {
                for which in [Which::Staging, Which::Production] {
                    fs::create_dir_all(root.join("buckets").join(which.word())).unwrap();
                }
                Buckets::Directory(root.join("buckets"))
            }
            #[cfg(feature = "s3")]
            Backend::S3 => Buckets::new(Backend::Like(Mode::Aws), root),
            #[cfg(feature = "s3")]
            Backend::Like(mode) => {
                let server = Server::start(mode);
                server.bucket("staging");
                server.bucket("production");
                let developer = server.key("dev", &[("staging", Rights::READ_WRITE), ("production", Rights::READ)]);
                let own = Rights { delete_under: &[".git-data/incoming/", ".git-data/probe/"], ..Rights::ADD };
                let publisher = server.key("publisher", &[("staging", Rights::READ), ("production", own)]);
                Buckets::S3(Box::new(Served { server, developer, publisher }))
            }
            #[cfg(feature = "s3")]
            Backend::MiniStack => Buckets::MiniStack(Box::new(MiniStack::new())),
        }
    }

    pub(super) fn url(&self, which: Which) -> String {
        match self {
            Buckets::Directory(_) => format!("file:../buckets/{}", which.word()),
            #[cfg(feature = "s3")]
            Buckets::S3(_) => format!("s3://{}", which.word()),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => format!("s3://{}", stack.bucket(which)),
        }
    }

    /// Every way in which a message may spell the bucket, the longest first.
    pub(super) fn spellings(&self, which: Which) -> Vec<String> {
        match self {
            Buckets::Directory(root) => {
                let path = root.join(which.word());
                vec![format!("file://{}", path.display()), self.url(which), path.display().to_string()]
            }
            #[cfg(feature = "s3")]
            _ => vec![self.url(which)],
        }
    }

    /// What reaches the buckets with the rights of a role.
    #[cfg_attr(not(feature = "s3"), expect(unused_variables, reason = "folders know no roles"))]
    pub(super) fn environment(&self, role: Role) -> Vec<(String, String)> {
        match self {
            Buckets::Directory(_) => Vec::new(),
            #[cfg(feature = "s3")]
            Buckets::S3(served) => {
                let key = if role == Role::Publisher { &served.publisher } else { &served.developer };
                s3_environment(&served.server.url(), (&key.access_key, &key.secret))
            }
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => {
                let mut all = s3_environment(&stack.url, stack.key(role));
                // It is no R2, whose region is called auto.
                all.push(("GIT_DATA_REGION".to_owned(), REGION.to_owned()));
                all
            }
        }
    }

    /// The predecessor's names; for folders ours, since it had none.
    pub(super) fn dotenv(&self, role: Role) -> String {
        let (staging, production) = (self.url(Which::Staging), self.url(Which::Production));
        let all = self.environment(role);
        let of = |name: &str| all.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let (Some(key), Some(secret)) = (of("AWS_ACCESS_KEY_ID"), of("AWS_SECRET_ACCESS_KEY")) else {
            return format!("GIT_DATA_STAGING=\"{staging}\"\nGIT_DATA_PRODUCTION=\"{production}\"\n");
        };
        let (staging, production) = (staging.trim_start_matches("s3://"), production.trim_start_matches("s3://"));
        format!(
            "R2_ACCOUNT_ID=\"0123abcd\"\nR2_ACCESS_KEY_ID=\"{key}\"\nR2_SECRET_ACCESS_KEY=\"{secret}\"\n\
             R2_PRODUCTION_BUCKET=\"{production}\"\nR2_STAGING_BUCKET=\"{staging}\"\n"
        )
    }

    /// Variables with which the buckets are not to be found.
    pub(super) fn nowhere(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Buckets::Directory(_) => &[
                ("GIT_DATA_STAGING", "file:../unplugged/staging"),
                ("GIT_DATA_PRODUCTION", "file:../unplugged/production"),
            ],
            // Port 1 is closed everywhere.
            #[cfg(feature = "s3")]
            _ => &[("GIT_DATA_ENDPOINT", "http://127.0.0.1:1")],
        }
    }

    #[cfg(feature = "s3")]
    pub(super) fn server(&self) -> Option<&Server> {
        match self {
            Buckets::S3(served) => Some(&served.server),
            _ => None,
        }
    }

    pub(super) fn keys(&self, which: Which) -> Vec<String> {
        let mut keys = match self {
            Buckets::Directory(root) => files(&root.join(which.word())),
            #[cfg(feature = "s3")]
            Buckets::S3(served) => served.server.objects(which.word()).into_iter().map(|(key, _)| key).collect(),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => stack.keys(which),
        };
        keys.sort();
        keys
    }

    pub(super) fn get(&self, which: Which, key: &str) -> Option<Vec<u8>> {
        match self {
            Buckets::Directory(root) => fs::read(root.join(which.word()).join(key)).ok(),
            #[cfg(feature = "s3")]
            Buckets::S3(served) => served.server.get(which.word(), key).map(|bytes| bytes.to_vec()),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => stack.get(which, key),
        }
    }

    pub(super) fn put(&self, which: Which, key: &str, bytes: &[u8]) {
        match self {
            Buckets::Directory(root) => {
                // What lies there is read-only and may be linked elsewhere.
                let path = root.join(which.word()).join(key);
                let _ = fs::remove_file(&path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, bytes).unwrap();
            }
            #[cfg(feature = "s3")]
            Buckets::S3(served) => served.server.put_raw(which.word(), key, bytes.to_vec(), Backdoor::Put),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => stack.put(which, key, bytes),
        }
    }

    pub(super) fn delete(&self, which: Which, key: &str) {
        match self {
            Buckets::Directory(root) => fs::remove_file(root.join(which.word()).join(key)).unwrap(),
            #[cfg(feature = "s3")]
            Buckets::S3(served) => served.server.remove_raw(which.word(), key),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => stack.delete(which, key),
        }
    }

    pub(super) fn uploads(&self, which: Which) -> usize {
        match self {
            Buckets::Directory(root) => {
                let side = root.join(which.word()).join(".store/uploads");
                fs::read_dir(side).map_or(0, Iterator::count)
            }
            #[cfg(feature = "s3")]
            Buckets::S3(served) => served.server.uploads(which.word()).len(),
            #[cfg(feature = "s3")]
            Buckets::MiniStack(stack) => stack.uploads(which),
        }
    }
}

#[cfg(feature = "s3")]
fn s3_environment(url: &str, (key, secret): (&str, &str)) -> Vec<(String, String)> {
    let all = [
        ("GIT_DATA_ENDPOINT", url),
        ("AWS_REGION", REGION),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_ACCESS_KEY_ID", key),
        ("AWS_SECRET_ACCESS_KEY", secret),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The objects of a directory bucket, without its bookkeeping.
fn files(root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with(".store")).then_some(path));
            } else {
                found.push(path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found
}
