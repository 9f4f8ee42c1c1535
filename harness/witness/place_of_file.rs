//! On which disk a file of a guest lies.

use crate::failure::Failure;
use crate::guest::{Mount, is_on};
use crate::names::ServerName;
use crate::session::Context;
use crate::state::Disk;

/// On which disk a file of a guest lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePlace {
    /// On the disk that it is to lie on.
    On {
        /// The device, for example `/dev/vda1`.
        device: String,
        /// The type of its file system.
        filesystem: String,
        /// Whether it can be written.
        writable: bool,
    },
    /// The guest does not say.
    Unknown {
        /// Why not.
        because: String,
    },
}

impl FilePlace {
    /// The device, if it is known.
    #[must_use]
    pub fn device(&self) -> Option<&str> {
        match self {
            FilePlace::On { device, .. } => Some(device),
            FilePlace::Unknown { .. } => None,
        }
    }
}

/// What is wrong with where a file lies.
#[derive(Debug, PartialEq, Eq)]
struct Elsewhere;

/// Judges the mount that a file lies in. `disk` is the disk of the volume, by its serial, if the guest has one with it;
/// `resolved` is the mount's device without symbolic links.
fn judge(mount: &Mount, resolved: &str, disk: Option<&str>) -> Result<FilePlace, Elsewhere> {
    let writable = mount.options.iter().any(|option| option == "rw");
    let on = || FilePlace::On {
        device: resolved.to_owned(),
        filesystem: mount.filesystem.clone(),
        writable,
    };
    let unknown = |because: String| Ok(FilePlace::Unknown { because });
    if !resolved.starts_with("/dev/") {
        // The root of an initramfs and of a kernel that mounted it by itself has no name that leads anywhere.
        return match mount.device.as_str() {
            "rootfs" | "none" => unknown(format!("the guest calls its disk {}", mount.device)),
            _ => Err(Elsewhere),
        };
    }
    let Some(disk) = disk else {
        return unknown("the guest has no disk with the volume's serial".to_owned());
    };
    if is_on(resolved, disk) {
        return Ok(on());
    }
    // What is made of disks (LVM, dm-crypt, md) may be made of this one.
    let is_made_of_disks = [
        "/dev/dm-",
        "/dev/mapper/",
        "/dev/md",
        "/dev/root",
        "/dev/bcache",
        "/dev/zd",
    ]
    .iter()
    .any(|prefix| resolved.starts_with(prefix));
    if is_made_of_disks {
        return unknown(format!(
            "the guest has it on {resolved}, of which it is not known what it is made of"
        ));
    }
    Err(Elsewhere)
}

impl Context {
    /// On which disk the file of a step lies. On an ephemeral disk nothing is looked up: it proves nothing of a volume.
    ///
    /// # Errors
    /// It lies on another disk than that of its volume, or in memory; or the guest cannot be asked.
    pub async fn place_of_file(&self, server: &ServerName, path: &str, disk: &Disk) -> Result<FilePlace, Failure> {
        let Some(volume) = disk.volume() else {
            let because = "it lies on the server's own disk".to_owned();
            return Ok(FilePlace::Unknown { because });
        };
        let guest = self.guest(server)?;
        let directory = match path.rsplit_once('/') {
            Some(("", _)) => "/",
            Some((directory, _)) => directory,
            None => ".",
        };
        let Some((mount, resolved)) = guest.mount_of(directory).await? else {
            let because = format!("the guest does not say which disk {directory} is on");
            return Ok(FilePlace::Unknown { because });
        };
        let device = guest.device_of(self.volume(volume)?.id.as_str()).await?;
        judge(&mount, &resolved, device.as_deref()).map_err(|Elsewhere| {
            let failure = Failure::cloud(format!(
                "{path} of {server} does not lie on volume {volume}, but on {} ({})",
                mount.device, mount.filesystem
            ))
            .detail("/proc/mounts", &mount);
            match &device {
                Some(device) => failure.detail(format!("the disk of volume {volume}"), device),
                None => failure,
            }
            .help(
                "what is read or written there says nothing about the volume: something else is mounted over the \
                 directory (tmpfs, an overlay, another disk). `findmnt` in the guest shows all of them",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: &str, resolved: &str, disk: Option<&str>) -> String {
        let mounts = crate::guest::mounts_of_table(line).unwrap();
        match judge(&mounts[0], resolved, disk) {
            Ok(FilePlace::On { device, writable, .. }) => format!("on {device}, writable {writable}"),
            Ok(FilePlace::Unknown { because }) => format!("unknown: {because}"),
            Err(Elsewhere) => "elsewhere".to_owned(),
        }
    }

    #[test]
    fn a_file_lies_on_the_disk_of_its_volume() {
        let vdb = Some("/dev/vdb");
        let vda = Some("/dev/vda");
        let cases = [
            ("/dev/vdb /mnt ext4 rw 0 0", "/dev/vdb", vdb),
            ("/dev/vda1 / ext4 rw 0 0", "/dev/vda1", vda),
            ("/dev/vda1 / ext4 ro 0 0", "/dev/vda1", vda),
            ("/dev/disk/by-uuid/x / ext4 rw 0 0", "/dev/vda1", vda),
            ("tmpfs /mnt tmpfs rw 0 0", "tmpfs", vdb),
            ("overlay / overlay rw 0 0", "overlay", vda),
            ("/dev/vdc /mnt ext4 rw 0 0", "/dev/vdc", vdb),
            ("/dev/loop0 /mnt ext4 rw 0 0", "/dev/loop0", vdb),
            ("/dev/mapper/vg-root / ext4 rw 0 0", "/dev/dm-0", vda),
            ("/dev/root / ext4 rw 0 0", "/dev/root", vda),
            ("rootfs / rootfs rw 0 0", "rootfs", vda),
            ("/dev/vda1 / ext4 rw 0 0", "/dev/vda1", None),
        ];
        let said: Vec<String> = cases
            .iter()
            .map(|(line, resolved, disk)| format!("{line}: {}", place(line, resolved, *disk)))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @"
        /dev/vdb /mnt ext4 rw 0 0: on /dev/vdb, writable true
        /dev/vda1 / ext4 rw 0 0: on /dev/vda1, writable true
        /dev/vda1 / ext4 ro 0 0: on /dev/vda1, writable false
        /dev/disk/by-uuid/x / ext4 rw 0 0: on /dev/vda1, writable true
        tmpfs /mnt tmpfs rw 0 0: elsewhere
        overlay / overlay rw 0 0: elsewhere
        /dev/vdc /mnt ext4 rw 0 0: elsewhere
        /dev/loop0 /mnt ext4 rw 0 0: elsewhere
        /dev/mapper/vg-root / ext4 rw 0 0: unknown: the guest has it on /dev/dm-0, of which it is not known what it is made of
        /dev/root / ext4 rw 0 0: unknown: the guest has it on /dev/root, of which it is not known what it is made of
        rootfs / rootfs rw 0 0: unknown: the guest calls its disk rootfs
        /dev/vda1 / ext4 rw 0 0: unknown: the guest has no disk with the volume's serial
        ");
    }
}
