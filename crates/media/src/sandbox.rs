//! What a child takes away from itself before it touches a foreign byte.
//!
//! Three layers, each useful without the others: resource limits, Landlock (files and TCP, from Linux 5.13 and 6.7),
//! and the kernel's promise to kill the child when the server dies.

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, Signal, getppid, setrlimit};
use serde::{Deserialize, Serialize};

/// The newest Landlock rules we ask for; older kernels enforce what they know.
const LANDLOCK: ABI = ABI::V6;

/// Resource limits of one child.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// Address space, bytes. Counts mapped libraries and thread stacks, so it is well above real use.
    pub memory_bytes: u64,
    /// Processor time of all threads, seconds.
    pub cpu_s: u64,
    /// Largest file it may write, bytes.
    pub file_bytes: u64,
    /// Whether it may start threads or processes.
    pub may_fork: bool,
}

/// The paths that a child may touch.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Paths {
    /// Files or folders to read and execute.
    pub read: Vec<PathBuf>,
    /// Folders to create, read and write files in.
    pub write: Vec<PathBuf>,
}

/// Asks the kernel to kill this process when the thread that started it ends, and ends at once where that has
/// happened already.
pub(crate) fn die_with_parent(parent_pid: i32) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    let parent = getppid().map(|pid| pid.as_raw_nonzero().get());
    if parent == Some(parent_pid) {
        Ok(())
    } else {
        Err(io::Error::other("the server has ended"))
    }
}

/// Sets the limits for good: soft and hard alike.
pub(crate) fn limit(limits: &Limits) -> io::Result<()> {
    let set = |resource, value| {
        // A hard limit that is lower already stays: raising it is refused to ordinary users.
        let hard = rustix::process::getrlimit(resource)
            .maximum
            .map_or(value, |h| h.min(value));
        setrlimit(
            resource,
            Rlimit {
                current: Some(hard),
                maximum: Some(hard),
            },
        )
    };
    set(Resource::As, limits.memory_bytes)?;
    set(Resource::Cpu, limits.cpu_s)?;
    set(Resource::Fsize, limits.file_bytes)?;
    set(Resource::Core, 0)?;
    if !limits.may_fork {
        // Counts per user and is not applied to root, where Landlock and the other limits must do.
        set(Resource::Nproc, 0)?;
    }
    Ok(())
}

/// Confines this thread (and whatever it executes) to `paths`, without TCP. Returns false where the kernel has no
/// Landlock; the caller says so and goes on.
pub(crate) fn confine(paths: &Paths) -> Result<bool, RulesetError> {
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()?
        .add_rules(path_beneath_rules(
            &paths.read,
            AccessFs::from_read(LANDLOCK),
        ))?
        .add_rules(path_beneath_rules(
            &paths.write,
            AccessFs::from_all(LANDLOCK),
        ))?
        .restrict_self()?;
    Ok(status.ruleset != RulesetStatus::NotEnforced)
}
