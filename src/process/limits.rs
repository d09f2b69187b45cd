//! What this process may use from now on. It cannot be taken back, so only a process that exists for one thing asks.

use serde::{Deserialize, Serialize};

use crate::error::Result;

/// Bounds of memory and of processor time.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of addresses; an allocation beyond them ends the process.
    pub memory: u64,
    /// Seconds of processor time, where they are bounded.
    pub seconds: Option<u64>,
}

/// Sets them for this process, where the system has such bounds.
#[cfg(unix)]
pub fn set(limits: Limits) -> Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let bound = |resource, most: u64| {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|e| crate::error::Error::bug("a process may not bound itself").because(e))
    };
    bound(Resource::As, limits.memory)?;
    bound(Resource::Core, 0)?;
    limits.seconds.map_or(Ok(()), |seconds| bound(Resource::Cpu, seconds))
}

/// Sets them for this process, where the system has such bounds.
#[cfg(not(unix))]
pub fn set(_: Limits) -> Result<()> {
    Ok(())
}
