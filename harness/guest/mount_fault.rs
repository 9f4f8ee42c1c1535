//! What is wrong with a mount.

use super::mount_table::Mount;

/// What is wrong with what is mounted at a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MountFault {
    /// Another disk, or no disk at all (as tmpfs) is what is seen there.
    OtherDevice {
        /// The device or source of the mount.
        device: String,
        /// The type of its file system.
        filesystem: String,
    },
    /// The disk has another file system than was created on it.
    OtherFilesystem {
        /// The kind that was made.
        expected: String,
        /// The kind that is mounted.
        seen: String,
    },
    /// It can only be read.
    ReadOnly,
}

impl MountFault {
    /// Judges the mount that is seen at a directory: the last line of the table for it. `device` is the name of the disk
    /// that was to be mounted, and `resolved` that of the line's device without symbolic links.
    #[must_use]
    pub fn of(mount: &Mount, resolved: &str, device: &str, filesystem: &str) -> Option<MountFault> {
        if mount.device != device && resolved != device {
            return Some(MountFault::OtherDevice {
                device: mount.device.clone(),
                filesystem: mount.filesystem.clone(),
            });
        }
        if mount.filesystem != filesystem {
            return Some(MountFault::OtherFilesystem {
                expected: filesystem.to_owned(),
                seen: mount.filesystem.clone(),
            });
        }
        let is_writable = mount.options.iter().any(|option| option == "rw");
        (!is_writable).then_some(MountFault::ReadOnly)
    }

    pub(super) fn summary(&self, place: &str, directory: &str, device: &str) -> String {
        match self {
            MountFault::OtherDevice {
                device: seen,
                filesystem,
            } => {
                format!(
                    "guest {place} says that it mounted {device} at {directory}, and {seen} ({filesystem}) is what is seen there"
                )
            }
            MountFault::OtherFilesystem { expected, seen } => {
                format!("guest {place} mounted {device} at {directory} as {seen}, though {expected} was created on it")
            }
            MountFault::ReadOnly => format!("guest {place} mounted {device} at {directory}, and only for reading"),
        }
    }

    pub(super) fn help(&self) -> &'static str {
        match self {
            MountFault::OtherDevice { .. } => {
                "what is read and written there is not on the volume: a mount of a former disk was never undone, something \
                 is mounted over it, or the guest mounts another disk. `findmnt` in the guest shows all of them"
            }
            MountFault::OtherFilesystem { .. } => {
                "it is not the file system that this scenario made: another disk has its name, or its content is another"
            }
            MountFault::ReadOnly => {
                "the disk refuses writes, as a demoted image does, or its file system is damaged: check `dmesg` in the \
                 guest, and `rbd mirror image status` on both sites"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str, resolved: &str) -> Option<MountFault> {
        let mounts = crate::guest::mounts_of_table(line).unwrap();
        MountFault::of(&mounts[0], resolved, "/dev/vdb", "ext4")
    }

    #[test]
    fn a_mount_is_the_asked_disk_with_its_file_system_for_writing() {
        for (line, resolved) in [
            ("/dev/vdb /mnt ext4 rw,relatime 0 0", "/dev/vdb"),
            ("/dev/disk/by-id/virtio-x /mnt ext4 rw 0 0", "/dev/vdb"),
        ] {
            assert_eq!(fault(line, resolved), None, "{line}");
        }
        for (line, resolved) in [
            ("/dev/vdc /mnt ext4 rw 0 0", "/dev/vdc"),
            ("tmpfs /mnt tmpfs rw 0 0", "tmpfs"),
            ("/dev/vdb1 /mnt ext4 rw 0 0", "/dev/vdb1"),
        ] {
            assert!(
                matches!(fault(line, resolved), Some(MountFault::OtherDevice { .. })),
                "{line}"
            );
        }
        assert!(matches!(
            fault("/dev/vdb /mnt xfs rw 0 0", "/dev/vdb"),
            Some(MountFault::OtherFilesystem { .. })
        ));
        for options in ["ro,relatime", "relatime", "errors=remount-rw"] {
            let line = format!("/dev/vdb /mnt ext4 {options} 0 0");
            assert_eq!(fault(&line, "/dev/vdb"), Some(MountFault::ReadOnly), "{line}");
        }
    }
}
