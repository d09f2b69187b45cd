//! Opens an SQLite file that nobody trusts: it is read, and nothing that it says is run.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::pages::{Pages, damaged};
use crate::disk::stat::Stat;
use crate::error::{Error, Result};
use crate::flow::sqlite::Damage;
use crate::flow::text::human_size;

/// Steps of SQLite's machine between two looks at the budget.
const STEPS: i32 = 4096;
/// Steps that any statement may take, and as many more for each byte of the file.
const STEPS_AT_LEAST: i64 = 20_000_000;
const STEPS_A_BYTE: i64 = 32;
/// A value larger than this is not read.
const LONGEST: i32 = 256 << 20;

/// One file, open for reading.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    /// Bytes.
    pub(super) size: u64,
    left: Arc<AtomicI64>,
    budget: i64,
}

impl Opened {
    /// Opens it, after a look at what lies beside it.
    pub(super) fn new(path: &Path) -> Result<(Opened, Pages)> {
        let size = Stat::of(path)?.size;
        for (suffix, what) in [("-wal", "a write-ahead log"), ("-journal", "a journal of an unfinished write")] {
            refuse_beside(path, suffix, what)?;
        }
        let pages = Pages::open(path, size)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let real = crate::disk::file::absolute(path);
        let mut connection = Connection::open_with_flags(uri(&real), flags).map_err(|e| unreadable(path, e))?;
        let budget =
            i64::try_from(size).unwrap_or(i64::MAX).saturating_mul(STEPS_A_BYTE).saturating_add(STEPS_AT_LEAST);
        let left = Arc::new(AtomicI64::new(budget));
        guard(&mut connection, &left).map_err(|e| unreadable(path, e))?;
        Ok((Opened { path: path.to_owned(), connection, size, left, budget }, pages))
    }

    /// Gives the next statement its steps.
    pub(super) fn refill(&self) {
        self.left.store(self.budget, Ordering::Relaxed);
    }

    /// The error for a table whose rows do not come sorted.
    pub(super) fn out_of_order(&self) -> Error {
        damaged(&self.path, Damage("rows of a table are out of order".to_owned()))
    }

    /// What SQLite could not do.
    pub(super) fn failed(&self, source: rusqlite::Error) -> Error {
        unreadable(&self.path, source)
    }
}

fn guard(connection: &mut Connection, left: &Arc<AtomicI64>) -> rusqlite::Result<()> {
    for (config, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        // Otherwise a quoted name that is no column would be read as a text.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    ] {
        connection.set_db_config(config, on)?;
    }
    for (limit, most) in [
        (Limit::SQLITE_LIMIT_LENGTH, LONGEST),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 20),
        (Limit::SQLITE_LIMIT_COLUMN, 2000),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 100),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
    ] {
        connection.set_limit(limit, most)?;
    }
    // A mapped file that is cut short ends the program.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "cache_size", -4096)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.authorizer(Some(allowed))?;
    let left = Arc::clone(left);
    connection.progress_handler(STEPS, Some(move || left.fetch_sub(i64::from(STEPS), Ordering::Relaxed) <= 0))
}

/// Reading tables and looking at their definitions; nothing else, and nothing from within a view or trigger.
fn allowed(context: AuthContext<'_>) -> Authorization {
    let fine = match context.action {
        AuthAction::Select | AuthAction::Read { .. } => context.accessor.is_none(),
        AuthAction::Pragma { pragma_name, .. } => matches!(pragma_name, "table_xinfo" | "index_list"),
        _ => false,
    };
    if fine { Authorization::Allow } else { Authorization::Deny }
}

fn refuse_beside(path: &Path, suffix: &str, what: &str) -> Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    match Stat::find(Path::new(&name))? {
        Some(stat) if stat.size > 0 => Err(Error::user(format!(
            "{} is not whole: {what} of {} lies beside it",
            path.display(),
            human_size(stat.size)
        ))
        .hint(format!("sqlite3 {} 'PRAGMA wal_checkpoint(TRUNCATE)' writes it into the file", path.display()))),
        _ => Ok(()),
    }
}

/// The file's name as SQLite takes it together with wishes: every byte that could mean something else is spelled out.
fn uri(path: &Path) -> String {
    let mut uri = "file:".to_owned();
    #[cfg(windows)]
    uri.push('/');
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' => uri.push(char::from(*byte)),
            b'\\' if cfg!(windows) => uri.push('/'),
            b':' if cfg!(windows) => uri.push(':'),
            byte => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri + "?mode=ro&immutable=1"
}

fn unreadable(path: &Path, source: rusqlite::Error) -> Error {
    let hint = format!("sqlite3 {} 'PRAGMA integrity_check' tells what is wrong with it", path.display());
    let error = Error::user(format!("{} cannot be read as an SQLite file", path.display()));
    let interrupted = source.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted);
    if interrupted { error.because("it asks for far more work than its size explains") } else { error.because(source) }
        .hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_file_is_a_wish() {
        assert_eq!(uri(Path::new("/a b/c?mode=rw#x%.db")), "file:/a%20b/c%3Fmode%3Drw%23x%25.db?mode=ro&immutable=1");
    }

    #[test]
    fn a_log_beside_the_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(a)").unwrap();
        assert!(Opened::new(&path).is_ok());
        for suffix in ["-wal", "-journal"] {
            let beside = dir.path().join(format!("a.db{suffix}"));
            crate::disk::file::append(&beside, b"x").unwrap();
            let error = Opened::new(&path).err().unwrap();
            assert!(error.message.contains("is not whole"), "{}", error.message);
            crate::disk::file::remove(dir.path(), &format!("a.db{suffix}")).unwrap();
        }
    }

    #[test]
    fn only_reading_is_allowed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let sql = "CREATE TABLE t(a); CREATE VIEW v AS SELECT * FROM t; INSERT INTO t VALUES (1)";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let (opened, _) = Opened::new(&path).unwrap();
        assert!(opened.connection.prepare("SELECT a FROM t").is_ok());
        for sql in [
            "SELECT a FROM v",
            "DELETE FROM t",
            "ATTACH 'x' AS y",
            "PRAGMA writable_schema = ON",
            "SELECT load_extension('x')",
            "CREATE TEMP TABLE x(a)",
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        ] {
            assert!(opened.connection.prepare(sql).is_err(), "{sql}");
        }
    }

    #[test]
    fn work_beyond_the_budget_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let sql = "CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let (opened, _) = Opened::new(&path).unwrap();
        opened.refill();
        let all = "SELECT a.a FROM t a, t b, t c, t d, t e, t f, t g, t h WHERE a.a + b.a + c.a + d.a + e.a + f.a + g.a + h.a = 0";
        let mut statement = opened.connection.prepare(all).unwrap();
        let error = statement.query([]).unwrap().next().err().unwrap();
        assert!(opened.failed(error).line().contains("far more work"));
    }
}
