//! MiniStack as `tests/run` starts it: two buckets for each laboratory, the developer's key and the administrator's.

use aws_credential_types::Credentials;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use aws_sdk_s3::primitives::ByteStream;
use tokio::runtime::{Builder as Threads, Runtime};

use super::Role;
use super::bucket::Which;

/// The server and this laboratory's buckets.
pub(super) struct MiniStack {
    pub(super) url: String,
    names: [String; 2],
    root: (String, String),
    developer: (String, String),
    client: Client,
    runtime: Runtime,
}

/// Whether `tests/run` started the server. Without it a story is skipped, and says so; with `REQUIRE_ALL` it fails.
pub fn is_there() -> bool {
    let there = std::env::var_os("GIT_DATA_TEST_MINISTACK_URL").is_some();
    assert!(there || std::env::var_os("REQUIRE_ALL").is_none(), "MiniStack is not running: tests/run starts it");
    if !there {
        eprintln!("skipped: MiniStack is not running, tests/run starts it");
    }
    there
}

impl MiniStack {
    /// Two buckets of its own on the server that `tests/run` started.
    pub(super) fn new() -> MiniStack {
        let setting = |name: &str| {
            let name = format!("GIT_DATA_TEST_MINISTACK_{name}");
            std::env::var(&name).unwrap_or_else(|_| panic!("{name} is not set: run these tests by tests/run"))
        };
        let url = setting("URL");
        let root = (setting("ROOT_KEY"), setting("ROOT_SECRET"));
        let developer = (setting("DEV_KEY"), setting("DEV_SECRET"));
        // The developer's rights hold for buckets with these names and a suffix.
        let suffix = tempfile::Builder::new().prefix("").tempdir().unwrap();
        let suffix = suffix.path().file_name().unwrap().to_str().unwrap().to_lowercase();
        let suffix = format!("{}-{suffix}", std::process::id());
        let names = ["STAGING", "PRODUCTION"].map(|name| format!("{}-{suffix}", setting(name)));
        let config = Builder::new()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .credentials_provider(Credentials::new(&root.0, &root.1, None, None, "tests"))
            .endpoint_url(&url)
            .region(Region::new(crate::s3::REGION))
            .force_path_style(true)
            .build();
        let runtime = Threads::new_current_thread().enable_all().build().unwrap();
        let client = Client::from_conf(config);
        for name in &names {
            runtime.block_on(client.create_bucket().bucket(name).send()).unwrap();
        }
        MiniStack { url, names, root, developer, client, runtime }
    }

    pub(super) fn bucket(&self, which: Which) -> &str {
        match which {
            Which::Staging => &self.names[0],
            Which::Production => &self.names[1],
        }
    }

    pub(super) fn key(&self, role: Role) -> (&str, &str) {
        let (key, secret) = if role == Role::Publisher { &self.root } else { &self.developer };
        (key, secret)
    }

    pub(super) fn keys(&self, which: Which) -> Vec<String> {
        let found = self.runtime.block_on(self.client.list_objects_v2().bucket(self.bucket(which)).send()).unwrap();
        assert_ne!(found.is_truncated(), Some(true), "a laboratory holds few objects");
        found.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
    }

    pub(super) fn get(&self, which: Which, key: &str) -> Option<Vec<u8>> {
        self.runtime.block_on(async {
            let found = self.client.get_object().bucket(self.bucket(which)).key(key).send().await.ok()?;
            Some(found.body.collect().await.unwrap().to_vec())
        })
    }

    pub(super) fn put(&self, which: Which, key: &str, bytes: &[u8]) {
        let body = ByteStream::from(bytes.to_vec());
        self.runtime.block_on(self.client.put_object().bucket(self.bucket(which)).key(key).body(body).send()).unwrap();
    }

    pub(super) fn delete(&self, which: Which, key: &str) {
        self.runtime.block_on(self.client.delete_object().bucket(self.bucket(which)).key(key).send()).unwrap();
    }

    pub(super) fn uploads(&self, which: Which) -> usize {
        let found = self.runtime.block_on(self.client.list_multipart_uploads().bucket(self.bucket(which)).send());
        found.unwrap().uploads().len()
    }
}

impl Drop for MiniStack {
    /// The server keeps everything in memory: a laboratory leaves nothing to the next one.
    fn drop(&mut self) {
        for which in [Which::Staging, Which::Production] {
            if std::thread::panicking() {
                return;
            }
            for key in self.keys(which) {
                self.delete(which, &key);
            }
            let _ = self.runtime.block_on(self.client.delete_bucket().bucket(self.bucket(which)).send());
        }
    }
}
