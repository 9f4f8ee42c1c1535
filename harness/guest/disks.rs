//! Disks in a guest.

use std::collections::BTreeSet;

use super::error::GuestError;
use super::files::word;
use super::handle::Guest;

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
                cause: format!("{volume_id:?} is no volume id"),
            });
        }
        let mut devices = self.virtio_disks(&serial).await?;
        if devices.is_empty() {
            devices = self.disks_by_id(&serial).await?;
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
        let doing = "look for a disk by its serial";
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
        let doing = "look for a disk by its serial";
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

    /// Makes a file system on a disk, whatever is on it. The kinds are `ext2` to `ext4`, `xfs` and `btrfs`.
    ///
    /// # Errors
    /// The kind is another, the guest cannot be asked, or its `mkfs` failed.
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
        let command = self.command(&format!("mkfs.{filesystem} {options} {}", word(device)));
        self.succeed(&doing, command).await.map(drop)
    }
}

/// Whether a link's name is that of a partition, `…-part1`.
fn is_partition(link: &str) -> bool {
    link.rsplit_once("-part")
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
