//! One process at a time drills a backend.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write, stderr};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::session::backend_key;
use crate::targets::Target;

/// The turn of this process to drill a backend. The system takes it back when the process ends, however it does.
pub(super) struct Turn {
    _locked: Option<File>,
}

impl Turn {
    /// Waits until no other process of this user drills the target's backend in this way. An embedded cloud is one's own.
    ///
    /// # Errors
    /// The file by which processes take turns cannot be made or locked.
    pub(super) fn take(target: &Target) -> Result<Turn, Failure> {
        if target.simcloud.is_some() {
            return Ok(Turn { _locked: None });
        }
        let file = file(&backend_key(target));
        let locked = lock(&file, || {
            let _ = writeln!(
                stderr(),
                "another process drills {}; waiting for the lock on {}",
                target.backend,
                file.display()
            );
        });
        let locked = locked.map_err(|error| {
            Failure::harness(format!("cannot take a turn on {}: {error}", target.backend))
                .detail("file", file.display())
                .help("see that this user may write there; TMPDIR names another folder")
        })?;
        Ok(Turn { _locked: Some(locked) })
    }
}

/// The file by which the processes of this user take turns on a backend.
fn file(key: &str) -> PathBuf {
    let user = rustix::process::getuid().as_raw();
    let digest = Sha256::digest(key.as_bytes());
    let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    std::env::temp_dir().join(format!("cinder-drill-{user}/{digest}.turn"))
}

fn lock(file: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    if let Some(folder) = file.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    match opened.try_lock() {
        Ok(()) => return Ok(opened),
        Err(TryLockError::WouldBlock) => waiting(),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    opened.lock()?;
    Ok(opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_waited_for_and_given_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("turns/one.turn");
        let first = lock(&file, || panic!("nobody has it")).expect("the first turn");
        let (told, hears) = std::sync::mpsc::channel();
        let second = std::thread::spawn({
            let file = file.clone();
            move || lock(&file, move || told.send(()).expect("somebody hears"))
        });
        hears.recv().expect("the second one says that it waits");
        assert!(!second.is_finished());
        drop(first);
        second.join().expect("it ends").expect("the second turn");
    }

    #[test]
    fn each_backend_has_its_own_file() {
        assert_ne!(file("http://192.0.2.1/ box@ceph"), file("http://192.0.2.1/ box@ceph2"));
    }
}
