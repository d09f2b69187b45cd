//! Waits for a child: writes its stdin and reads stdout and stderr at the same time, so that no full pipe stops it.

use std::io::{self, Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Ran;

/// How long the pipes of a child that ended may at least stay open.
const AFTERWARDS: Duration = Duration::from_secs(10);

/// Runs the child to its end, or kills it at the limit and says `None`.
pub(super) fn collect(mut child: Child, stdin: Option<Vec<u8>>, limit: Option<Duration>) -> io::Result<Option<Ran>> {
    if let (Some(mut pipe), Some(bytes)) = (child.stdin.take(), stdin) {
        // A child that does not read it all closes the pipe: its business, its exit code tells.
        thread::spawn(move || pipe.write_all(&bytes));
    }
    let stdout = reader(child.stdout.take());
    let stderr = reader(child.stderr.take());
    let Some(limit) = limit else {
        let (stdout, stderr) = (stdout.recv().unwrap_or(Ok(Vec::new()))?, stderr.recv().unwrap_or(Ok(Vec::new()))?);
        return Ok(Some(Ran { code: code(child.wait()?), stdout, stderr }));
    };
    let Some(status) = ended_within(&mut child, limit)? else {
        child.kill()?;
        child.wait()?;
        return Ok(None);
    };
    // What it wrote is in the pipes already, but a grandchild may hold them open: half of an output is no output.
    let gather = |pipe: &Receiver<io::Result<Vec<u8>>>| pipe.recv_timeout(limit.max(AFTERWARDS)).ok().transpose();
    let (Some(stdout), Some(stderr)) = (gather(&stdout)?, gather(&stderr)?) else { return Ok(None) };
    Ok(Some(Ran { code: code(status), stdout, stderr }))
}

/// The exit code; 128 + n when signal n ended it.
pub(super) fn code(status: ExitStatus) -> i32 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return 128 + signal;
    }
    status.code().unwrap_or(-1)
}

fn ended_within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if start.elapsed() >= limit {
            return Ok(None);
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = pipe.map_or(Ok(0), |mut pipe| pipe.read_to_end(&mut bytes));
        let _ = sender.send(read.map(|_| bytes));
    });
    receiver
}
