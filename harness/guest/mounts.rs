//! Mounting and unmounting in a guest.

use super::error::GuestError;
use super::files::word;
use super::handle::Guest;
use super::mount_table::{self, Mount};
use super::problem::Problem;

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
    /// Mounts a disk. The mount point is an absolute path, and is made if it is missing.
    ///
    /// # Errors
    /// The guest cannot be asked, the disk holds no file system that can be mounted, or nothing is mounted there
    /// afterwards.
    pub async fn mount(&self, device: &str, directory: &str) -> Result<(), GuestError> {
        let doing = format!("mount {device} at {directory}");
        let directory = absolute(&doing, directory)?;
        let point = word(directory);
        self.succeed(
            &doing,
            self.command(&format!("mkdir -p {point} && mount {} {point}", word(device))),
        )
        .await?;
        match self.mounted_at(directory).await? {
            Some(_) => Ok(()),
            None => Err(self.mount_table(directory, true, String::new())),
        }
    }

    /// Unmounts what is mounted at a path; lazily if its disk does not answer any more.
    ///
    /// # Errors
    /// The guest cannot be asked, nothing is mounted there, something uses it, or it is still mounted afterwards.
    pub async fn unmount(&self, directory: &str) -> Result<Unmounted, GuestError> {
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
            match Problem::of(output.exit_code, &output.stderr_text()) {
                Problem::NotMounted | Problem::Busy | Problem::PermissionDenied | Problem::CommandNotFound => {
                    return Err(self.refused(&doing, &command, &output));
                }
                // A disk that is gone has many faces, and not all of them say I/O error.
                _ => {
                    self.succeed(&doing, self.command(&format!("umount -l {point}")))
                        .await?;
                    Unmounted {
                        lazily: true,
                        because: Some(output.stderr_text().trim_end().to_owned()),
                    }
                }
            }
        };
        match self.mounted_at(directory).await? {
            None => Ok(unmounted),
            Some(mount) => {
                let seen = format!("{} on {} type {}", mount.device, mount.directory, mount.filesystem);
                Err(self.mount_table(directory, false, seen))
            }
        }
    }

    /// What is mounted, in the order in which it was.
    ///
    /// # Errors
    /// The guest cannot be asked, or its `/proc/mounts` makes no sense.
    pub async fn mounts(&self) -> Result<Vec<Mount>, GuestError> {
        let doing = "read /proc/mounts";
        let command = self.command("cat /proc/mounts");
        let output = self.succeed(doing, command.clone()).await?;
        mount_table::parse(&output.stdout_text()).ok_or_else(|| self.garbage(doing, &command, &output))
    }

    async fn mounted_at(&self, directory: &str) -> Result<Option<Mount>, GuestError> {
        Ok(self
            .mounts()
            .await?
            .into_iter()
            .rev()
            .find(|mount| mount.directory == directory))
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
