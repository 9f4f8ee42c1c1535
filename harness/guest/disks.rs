//! Disks in a guest.

use std::collections::BTreeSet;
use std::time::Duration;

use super::error::GuestError;
use super::files::word;
use super::handle::{Guest, shown};
use super::mount_table;

use crate::counted::counted;
use crate::shell::ShellError;

/// The kernel counts in sectors of 512 bytes, whatever the disk's own are.
pub(super) const SECTOR: u64 = 512;

/// How much of a volume's id is the serial of its disk: the length of virtio-blk's (`VIRTIO_BLK_ID_BYTES` in Linux'
/// `virtio_blk.h`). Nova gives libvirt the whole id.
const SERIAL_LENGTH: usize = 20;

impl Guest {
    /// The disk of a volume, for example `/dev/vdb`: the one whose serial begins the volume's id. `None` if the guest has
    /// no such disk (yet).
    ///
    /// # Errors
    /// The guest cannot be asked, or several disks have the serial.
    pub async fn device_of(&self, volume_id: &str) -> Result<Option<String>, GuestError> {
        let serial: String = volume_id.chars().take(SERIAL_LENGTH).collect();
        let is_serial = |character: char| character.is_ascii_alphanumeric() || character == '-';
        if !serial.starts_with(|first: char| first.is_ascii_alphanumeric()) || !serial.chars().all(is_serial) {
            let doing = "find the disk of a volume".to_owned();
            return Err(GuestError::Unsupported {
                doing,
                cause: format!("{volume_id:?} is not a volume id"),
            });
        }
        let mut devices = self.virtio_disks(&serial).await?;
        if devices.is_empty() {
            devices = self.disks_by_id(&serial).await?;
        }
        if let Some(device) = devices.iter().find(|device| disk_name(device).is_none()) {
            return Err(GuestError::Garbage {
                place: self.place(),
                doing: "find a disk by its serial".to_owned(),
                command: format!("the disk with serial {serial}"),
                output: shown(device.as_bytes()),
            });
        }
        match devices.as_slice() {
            [] => Ok(None),
            [device] => Ok(Some(device.clone())),
            _ => Err(GuestError::SeveralDevices {
                place: self.place(),
                serial,
                devices,
            }),
        }
    }

    /// The virtio disks with a serial. Disks of other buses have no such file, for which `grep` is sorry with exit status
    /// 2, whatever it found; 1 is for nothing found.
    async fn virtio_disks(&self, serial: &str) -> Result<Vec<String>, GuestError> {
        let doing = "find a disk by its serial";
        let command = self.command(&format!("grep -lx {serial} /sys/block/*/serial"));
        let output = self.run(doing, command.clone()).await?;
        if !matches!(output.exit_code, 0..=2) {
            return Err(self.refused(doing, &command, &output));
        }
        let text = output.stdout_text();
        let names = text
            .lines()
            .filter_map(|line| line.strip_prefix("/sys/block/")?.strip_suffix("/serial"));
        Ok(names.map(|name| format!("/dev/{name}")).collect())
    }

    /// The disks of any bus that udev knows by a name with the serial in it; several names may lead to one disk.
    async fn disks_by_id(&self, serial: &str) -> Result<Vec<String>, GuestError> {
        let doing = "find a disk by its serial";
        let command = self.command(&format!("ls -d /dev/disk/by-id/*{serial}*"));
        let output = self.run(doing, command.clone()).await?;
        // `ls` answers 1 or 2 when there is none.
        if !matches!(output.exit_code, 0..=2) {
            return Err(self.refused(doing, &command, &output));
        }
        let text = output.stdout_text();
        let mut devices = BTreeSet::new();
        for link in text
            .lines()
            .filter(|link| link.starts_with("/dev/disk/by-id/") && !is_partition(link))
        {
            let resolved = self
                .run(doing, self.command(&format!("readlink -f {}", word(link))))
                .await?;
            let device = resolved.stdout_text().trim().to_owned();
            // A link whose disk was detached meanwhile leads nowhere.
            if resolved.success() && device.starts_with("/dev/") && !device.starts_with("/dev/disk/") {
                devices.insert(device);
            }
        }
        Ok(devices.into_iter().collect())
    }

    /// How large a disk is, in bytes, as the kernel has it.
    ///
    /// # Errors
    /// The guest cannot be asked, or says no number.
    pub async fn disk_bytes(&self, device: &str) -> Result<u64, GuestError> {
        let doing = format!("see how large {device} is");
        let Some(name) = disk_name(device) else {
            let cause = format!("{device:?} is not the name of a disk in /dev");
            return Err(GuestError::Unsupported { doing, cause });
        };
        let command = format!("cat /sys/block/{name}/size");
        let output = self.succeed(&doing, self.command(&command)).await?;
        let text = output.stdout_text();
        let sectors = text.trim().parse::<u64>().ok();
        sectors
            .and_then(|sectors| sectors.checked_mul(SECTOR))
            .ok_or_else(|| GuestError::Garbage {
                place: self.place(),
                doing,
                command,
                output: shown(text.as_bytes()),
            })
    }

    /// Whether a disk answers a read past the guest's caches within a time, be it with an error. A process that waits for a disk
    /// which does not is left behind: nothing can end it. Ask over a session of its own.
    ///
    /// # Errors
    /// The guest cannot be asked.
    pub async fn disk_answers(&self, device: &str, within: Duration) -> Result<bool, GuestError> {
        let doing = format!("see whether {device} answers");
        let read = format!("dd if={} bs={HEAD} count=1 iflag=direct", word(device));
        match self.run(&doing, self.command(&read).timeout(within)).await {
            Ok(_) => Ok(true),
            Err(GuestError::Unanswered { source, .. }) if matches!(*source, ShellError::TimedOut { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes a file system on a disk, whatever is on it; but on none that is mounted, swapped to, has partitions, or is part
    /// of something else: such a one is no fresh volume, whatever serial the guest gives it. The kinds are `ext2` to
    /// `ext4`, `xfs` and `btrfs`.
    ///
    /// # Errors
    /// The kind is another, the disk must not be touched ([`GuestError::NotToFormat`]: nothing was sent to it), the guest
    /// cannot be asked, its `mkfs` failed, or there is no such file system afterwards.
    pub async fn make_filesystem(&self, device: &str, filesystem: &str) -> Result<(), GuestError> {
        let doing = format!("make a file system on {device}");
        let options = match filesystem {
            "ext2" | "ext3" | "ext4" => "-q -F",
            "xfs" | "btrfs" => "-q -f",
            _ => {
                let cause = format!("{filesystem:?} is none of ext2, ext3, ext4, xfs, btrfs");
                return Err(GuestError::Unsupported { doing, cause });
            }
        };
        self.require_unused(device).await?;
        let command = self.command(&format!("mkfs.{filesystem} {options} {}", word(device)));
        self.succeed(&doing, command).await?;
        if self.bears(device, filesystem).await? {
            return Ok(());
        }
        Err(GuestError::NotFormatted {
            place: self.place(),
            device: device.to_owned(),
            filesystem: filesystem.to_owned(),
        })
    }

    /// Makes sure that nothing in the guest uses a disk.
    async fn require_unused(&self, device: &str) -> Result<(), GuestError> {
        let refused = |because: String| GuestError::NotToFormat {
            place: self.place(),
            device: device.to_owned(),
            because,
        };
        let Some(name) = disk_name(device) else {
            return Err(refused("not the name of a disk in /dev".to_owned()));
        };
        let doing = format!("see whether {device} is in use");
        let table = self.table().await?;
        if let Some(mount) = mount_table::last_of(&table, |other| is_on(other, device)) {
            return Err(refused(format!("mounted at {}", mount.directory)));
        }
        // A kernel without swap has no such file.
        let swaps = self.run(&doing, self.command("cat /proc/swaps")).await?;
        let swapped = |line: &str| line.split_whitespace().next().is_some_and(|swap| is_on(swap, device));
        if swaps.success() && swaps.stdout_text().lines().any(swapped) {
            return Err(refused("swapped to".to_owned()));
        }
        let folder = format!("/sys/block/{name}");
        let command = self.command(&format!("ls {folder} {folder}/holders"));
        let output = self.run(&doing, command).await?;
        // A kernel without sysfs, or with a disk that has gone meanwhile, knows nothing of it; `mkfs` has the last word.
        if let Some(part) = inhabitant(&output.stdout_text(), name, &folder) {
            return Err(refused(format!("in use by {part}")));
        }
        Ok(())
    }

    /// Whether a disk has a file system of a kind, by its first bytes; true for a kind whose mark is not known here.
    async fn bears(&self, device: &str, filesystem: &str) -> Result<bool, GuestError> {
        let doing = format!("read the beginning of {device}");
        let command = self.command(&format!("dd if={} bs={HEAD} count=1", word(device)));
        let output = self.succeed(&doing, command).await?;
        if output.stdout.len() != HEAD {
            return Err(GuestError::Noise {
                place: self.place(),
                path: device.to_owned(),
                how: format!("its first {HEAD} bytes are {}", counted(output.stdout.len(), "byte")),
                seen: shown(&output.stdout),
            });
        }
        Ok(has_mark(&output.stdout, filesystem))
    }
}

/// How many bytes of a disk's beginning are looked at: the marks of file systems are within them.
const HEAD: usize = 4096;

/// The name of a whole disk in `/dev`, such as `vdb`; `None` for everything that leads elsewhere.
pub(super) fn disk_name(device: &str) -> Option<&str> {
    let name = device.strip_prefix("/dev/")?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(is_plain)).then_some(name)
}

/// Whether a device is a disk or one of its partitions: `/dev/vdb1` of `/dev/vdb`, `/dev/nvme0n1p1` of `/dev/nvme0n1`.
pub(crate) fn is_on(device: &str, disk: &str) -> bool {
    let Some(rest) = device.strip_prefix(disk) else {
        return false;
    };
    let number = if disk.ends_with(|last: char| last.is_ascii_digit()) {
        rest.strip_prefix('p')
    } else {
        Some(rest)
    };
    rest.is_empty()
        || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What lives on a disk, by `ls` of its folder in sysfs and of that of its holders: a partition of it, or a device that is
/// made of it.
fn inhabitant(listed: &str, name: &str, folder: &str) -> Option<String> {
    let mut is_holders = false;
    for line in listed.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(directory) = line.strip_suffix(':') {
            is_holders = directory == format!("{folder}/holders");
        } else if is_holders {
            return Some(format!("/dev/{line}, which is made of it"));
        } else if line != name && is_on(line, name) {
            return Some(format!("its partition /dev/{line}"));
        }
    }
    None
}

/// Whether the first 4096 bytes of a disk have the mark of a file system (Linux' `include/uapi/linux/magic.h` and
/// `fs/xfs/libxfs/xfs_format.h`). That of btrfs stands further behind.
fn has_mark(head: &[u8], filesystem: &str) -> bool {
    match filesystem {
        "ext2" | "ext3" | "ext4" => head.get(1080..1082) == Some(&[0x53, 0xef]),
        "xfs" => head.starts_with(b"XFSB"),
        _ => true,
    }
}

/// Whether a link's name is that of a partition, `…-part1`.
fn is_partition(link: &str) -> bool {
    link.rsplit_once("-part")
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_of_a_whole_disk_is_one() {
        for (device, name) in [
            ("/dev/vdb", Some("vdb")),
            ("/dev/nvme0n1", Some("nvme0n1")),
            ("/dev/dm-3", Some("dm-3")),
            ("/dev/../etc/shadow", None),
            ("/dev/vdb;reboot", None),
            ("/dev/v db", None),
            ("/dev/mapper/x", None),
            ("/dev/", None),
            ("/etc/shadow", None),
            ("/dev/-rf", None),
            ("/dev/\u{e9}", None),
        ] {
            assert_eq!(disk_name(device), name, "{device}");
        }
    }

    #[test]
    fn a_partition_is_on_its_disk() {
        for (device, disk, expected) in [
            ("/dev/vdb", "/dev/vdb", true),
            ("/dev/vdb1", "/dev/vdb", true),
            ("/dev/vdb12", "/dev/vdb", true),
            ("/dev/vdbc", "/dev/vdb", false),
            ("/dev/vdb1x", "/dev/vdb", false),
            ("/dev/nvme0n1p2", "/dev/nvme0n1", true),
            ("/dev/nvme0n11", "/dev/nvme0n1", false),
            ("/dev/vda1", "/dev/vdb", false),
            ("tmpfs", "/dev/vdb", false),
        ] {
            assert_eq!(is_on(device, disk), expected, "{device} on {disk}");
        }
    }

    #[test]
    fn what_lives_on_a_disk_is_found_in_sysfs() {
        let folder = "/sys/block/vdb";
        let said = |listed: &str| inhabitant(listed, "vdb", folder);
        assert_eq!(said("/sys/block/vdb:\nserial\nsize\n\n/sys/block/vdb/holders:\n"), None);
        assert_eq!(said(""), None);
        assert_eq!(
            said("/sys/block/vdb:\nserial\nvdb1\n\n/sys/block/vdb/holders:\n").as_deref(),
            Some("its partition /dev/vdb1")
        );
        assert_eq!(
            said("/sys/block/vdb:\nserial\n\n/sys/block/vdb/holders:\ndm-0\n").as_deref(),
            Some("/dev/dm-0, which is made of it")
        );
    }

    #[test]
    fn a_file_system_is_known_by_its_mark() {
        let mut head = vec![0; 4096];
        assert!(!has_mark(&head, "ext4") && !has_mark(b"", "ext4"));
        head[1080] = 0x53;
        head[1081] = 0xef;
        assert!(has_mark(&head, "ext4") && !has_mark(&head, "xfs"));
        assert!(has_mark(b"XFSB...", "xfs"));
    }
}
