//! Mounting and unmounting in a guest.

use super::error::GuestError;
use super::files::word;
use super::handle::{Guest, shown};
use super::mount_fault::MountFault;
use super::mount_table::{self, Mount};
use super::problem::Problem;

/// How the mount table is read.
const MOUNTS: &str = "cat /proc/mounts";
/// The same in words.
const READ_MOUNTS: &str = "read /proc/mounts";
/// How long a mount table may be, in bytes.
const LONGEST_TABLE: usize = 64 * 1024 * 1024;

/// How a file system was unmounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmounted {
    /// Whether it could only be taken out of the tree (`umount -l`), since its disk did not answer any more. What was
    /// not synced is lost then.
    pub lazily: bool,
    /// What the orderly `umount` said, if it failed.
    pub because: Option<String>,
}

impl Guest {
    /// Mounts a disk that has a file system of that kind, for reading and writing. The mount point is an absolute path, and is
    /// made if it is missing.
    ///
    /// # Errors
    /// The guest cannot be asked, the disk holds no file system that can be mounted, or what is seen there afterwards is
    /// nothing, another disk, another file system, or read-only: the guest's `/proc/mounts` has the last word.
    pub async fn mount(&self, device: &str, directory: &str, filesystem: &str) -> Result<(), GuestError> {
        let doing = format!("mount {device} at {directory}");
        let directory = absolute(&doing, directory)?;
        let point = word(directory);
        self.succeed(
            &doing,
            self.command(&format!("mkdir -p {point} && mount {} {point}", word(device))),
        )
        .await?;
        let Some(mount) = self.mounted_at(directory).await? else {
            return Err(self.mount_table(directory, true, String::new()));
        };
        let resolved = if mount.device == device {
            mount.device.clone()
        } else {
            self.resolved(&mount.device).await?
        };
        match MountFault::of(&mount, &resolved, device, filesystem) {
            None => Ok(()),
            Some(fault) => Err(GuestError::WrongMount {
                place: self.place(),
                directory: directory.to_owned(),
                device: device.to_owned(),
                fault: Box::new(fault),
                seen: mount.to_string(),
            }),
        }
    }

    /// The name of a device without symbolic links; its own where it has none, as a file system in memory.
    async fn resolved(&self, device: &str) -> Result<String, GuestError> {
        if !device.starts_with('/') {
            return Ok(device.to_owned());
        }
        let command = self.command(&format!("readlink -f {}", word(device)));
        let output = self.run("find what a device's name leads to", command).await?;
        let name = output.stdout_text().trim().to_owned();
        Ok(if output.success() && name.starts_with('/') {
            name
        } else {
            device.to_owned()
        })
    }

    /// The mount that a directory lies in, given absolute or relative to the user's home, and the name of its device
    /// without symbolic links. `None` if the guest does not say.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn mount_of(&self, directory: &str) -> Result<Option<(Mount, String)>, GuestError> {
        let doing = "find the disk of a directory";
        let directory = if directory.is_empty() { "." } else { directory };
        let command = self.command(&format!("readlink -f {}", word(directory)));
        let output = self.run(doing, command).await?;
        let text = output.stdout_text();
        let path = text.lines().next_back().unwrap_or_default().trim_end_matches('\r');
        if !output.success() || !path.starts_with('/') {
            return Ok(None);
        }
        let Some(mount) = mount_table::holding(&self.table().await?, path) else {
            return Ok(None);
        };
        let resolved = self.resolved(&mount.device).await?;
        Ok(Some((mount, resolved)))
    }

    /// Unmounts what is mounted at a path; lazily if its disk does not answer any more, or if it is in use and `hangs` says that
    /// a writer of ours waits there for such a disk.
    ///
    /// # Errors
    /// The guest cannot be asked, nothing is mounted there, something uses it, or it is still mounted afterwards.
    pub async fn unmount(&self, directory: &str, hangs: bool) -> Result<Unmounted, GuestError> {
        let doing = format!("unmount {directory}");
        let directory = absolute(&doing, directory)?;
        let point = word(directory);
        let command = self.command(&format!("umount {point}"));
        let output = self.run(&doing, command.clone()).await?;
        let unmounted = if output.success() {
            Unmounted {
                lazily: false,
                because: None,
            }
        } else {
            let refused = self.refused(&doing, &command, &output);
            match refused.problem().unwrap_or(Problem::Other) {
                Problem::Busy if !hangs => return Err(refused),
                Problem::NotMounted | Problem::PermissionDenied | Problem::CommandNotFound => {
                    return Err(refused);
                }
                // A disk that is gone has many faces, and not all of them say I/O error.
                _ => {
                    self.succeed(&doing, self.command(&format!("umount -l {point}")))
                        .await?;
                    Unmounted {
                        lazily: true,
                        because: Some(shown(&output.stderr).trim_end().to_owned()),
                    }
                }
            }
        };
        match self.mounted_at(directory).await? {
            None => Ok(unmounted),
            Some(mount) => Err(self.mount_table(directory, false, mount.to_string())),
        }
    }

    /// What is mounted, in the order in which it was.
    ///
    /// # Errors
    /// The guest cannot be asked, or its `/proc/mounts` makes no sense.
    pub async fn mounts(&self) -> Result<Vec<Mount>, GuestError> {
        let table = self.table().await?;
        mount_table::parse(&String::from_utf8_lossy(&table)).ok_or_else(|| self.no_table(&table))
    }

    /// The bytes of `/proc/mounts`, of which some must make sense. A host with many containers has long ones.
    pub(super) async fn table(&self) -> Result<Vec<u8>, GuestError> {
        let command = self.command(MOUNTS).at_most(LONGEST_TABLE);
        let output = self.succeed(READ_MOUNTS, command).await?;
        if mount_table::is_one(&output.stdout) {
            Ok(output.stdout)
        } else {
            Err(self.no_table(&output.stdout))
        }
    }

    fn no_table(&self, table: &[u8]) -> GuestError {
        GuestError::Garbage {
            place: self.place(),
            doing: READ_MOUNTS.to_owned(),
            command: self.command(MOUNTS).text().to_owned(),
            output: shown(table),
        }
    }

    async fn mounted_at(&self, directory: &str) -> Result<Option<Mount>, GuestError> {
        Ok(mount_table::last_at(&self.table().await?, directory))
    }

    fn mount_table(&self, directory: &str, expected_mounted: bool, seen: String) -> GuestError {
        GuestError::MountTable {
            place: self.place(),
            directory: directory.to_owned(),
            expected_mounted,
            seen,
        }
    }
}

/// A mount point as `/proc/mounts` has it.
fn absolute<'a>(doing: &str, directory: &'a str) -> Result<&'a str, GuestError> {
    if !directory.starts_with('/') || directory.split('/').any(|part| part == "." || part == "..") {
        let cause = "the mount point must be an absolute path without `.` and `..`".to_owned();
        return Err(GuestError::Unsupported {
            doing: doing.to_owned(),
            cause,
        });
    }
    Ok(match directory.trim_end_matches('/') {
        "" => "/",
        directory => directory,
    })
}
