//! Where on its disk a guest has a file.

use std::ops::Range;

use super::disks::{SECTOR, disk_name};
use super::error::GuestError;
use super::files::word;
use super::handle::Guest;

/// The flags of an extent whose bytes stand on the device as they stand in the file (`lib/ext2fs/fiemap.h` and `misc/filefrag.c` of
/// e2fsprogs). All others speak of bytes that have no place yet, or stand there in another form.
const PLAIN: [&str; 5] = ["", "last", "eof", "merged", "shared"];

impl Guest {
    /// Where on its disk some bytes of a file lie, in bytes from the disk's beginning, as the guest says. `device` is what the file
    /// system is on: the disk or a partition of it. None if the guest does not say: it has no `filefrag` (BusyBox has none), or the file
    /// system keeps the bytes in another form. What btrfs or a device of several disks says is no place on a disk, so a place that this
    /// gives is a claim: look there before it is believed.
    ///
    /// # Errors
    /// The guest does not answer.
    pub async fn place_on_disk(&self, path: &str, device: &str, bytes: &Range<u64>) -> Result<Option<u64>, GuestError> {
        let Some(name) = disk_name(device) else {
            return Ok(None);
        };
        let doing = "see where on its disk a file lies";
        let command = format!("filefrag -v {}", word(path));
        let extents = self.run(doing, self.command(&command)).await?;
        let within = extents.success().then(|| place_of(&extents.stdout_text(), bytes));
        let Some(within) = within.flatten() else {
            return Ok(None);
        };
        let command = format!("cat /sys/class/block/{name}/start");
        let start = self.run(doing, self.command(&command)).await?;
        // A whole disk begins nowhere, and has no such file.
        let start = match start.success() {
            true => start.stdout_text().trim().parse::<u64>().ok(),
            false => Some(0),
        };
        Ok(start.and_then(|start| start.checked_mul(SECTOR)?.checked_add(within)))
    }
}

/// Where some bytes of a file lie on the device of its file system, by what `filefrag -v` prints: in units of the blocks that its
/// second line names. None unless all of them lie in one extent.
fn place_of(printed: &str, bytes: &Range<u64>) -> Option<u64> {
    let head = printed.lines().find(|line| line.starts_with("File size of "))?;
    let (_, size) = head.rsplit_once(" of ")?;
    let block: u64 = size.strip_suffix(" bytes)")?.parse().ok().filter(|block| *block > 0)?;
    let last = bytes.end.checked_sub(1)? / block;
    let mut extents = printed.lines().filter_map(Extent::of);
    let extent = extents.find(|extent| extent.first <= bytes.start / block && last <= extent.last)?;
    let before = bytes.start.checked_sub(extent.first.checked_mul(block)?)?;
    extent.physical.checked_mul(block)?.checked_add(before)
}

/// A line of the table, in blocks.
struct Extent {
    first: u64,
    last: u64,
    physical: u64,
}

impl Extent {
    /// None of a line that is none, and of an extent whose bytes do not stand on the device as they do in the file.
    fn of(line: &str) -> Option<Extent> {
        let mut columns = line.split(':').map(str::trim);
        let _number: u64 = columns.next()?.parse().ok()?;
        let (first, last) = columns.next()?.split_once("..")?;
        let (physical, _) = columns.next()?.split_once("..")?;
        let flags = columns.next_back()?;
        let plain = flags.split(',').all(|flag| PLAIN.contains(&flag.trim()));
        plain.then_some(())?;
        Some(Extent {
            first: first.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
            physical: physical.trim().parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As e2fsprogs 1.47 prints it; with a path that looks like the rest.
    fn printed(table: &str) -> String {
        format!(
            "Filesystem type is: ef53\nFile size of /mnt/a (1 of 2: x is 12288 (3 blocks of 4096 bytes)\n ext:     logical_offset:        \
             physical_offset: length:   expected: flags:\n{table}/mnt/a (1 of 2: x: 1 extent found\n"
        )
    }

    #[test]
    fn bytes_lie_in_the_extent_that_has_all_of_them() {
        let one = printed("   0:        0..       2:      34816..     34818:      3:             last,eof\n");
        assert_eq!(place_of(&one, &(0..1)), Some(34816 * 4096));
        assert_eq!(place_of(&one, &(12_200..12_288)), Some(34816 * 4096 + 12_200));
        assert_eq!(place_of(&one, &(12_200..12_289)), None);
        let two = printed(
            "   0:        0..       1:      34816..     34817:      2:            \n   1:        2..       2:      90000..     90000:      \
             1:      34818: last,eof\n",
        );
        assert_eq!(place_of(&two, &(8192..12_288)), Some(90_000 * 4096));
        assert_eq!(place_of(&two, &(8000..8200)), None, "in two extents");
    }

    #[test]
    fn what_has_no_place_or_another_form_has_none() {
        for flags in [
            "last,unknown_loc,delalloc,eof",
            "last,encoded,eof",
            "inline,eof",
            "unwritten",
            "last,not_aligned,inline,eof",
        ] {
            let line = format!("   0:        0..       2:          0..         2:      3:             {flags}\n");
            assert_eq!(place_of(&printed(&line), &(0..1)), None, "{flags}");
        }
        for strange in [
            "",
            "x",
            "File size of x is 1 (1 block of 0 bytes)\n 0: 0..0: 5..5: 1: eof\n",
            " 0: 0..0: 5..5: 1: eof\n",
        ] {
            assert_eq!(place_of(strange, &(0..1)), None, "{strange}");
        }
        let far = printed("   0: 0..2: 18446744073709551615..18446744073709551615: 3: last,eof\n");
        assert_eq!(place_of(&far, &(0..1)), None);
        assert_eq!(place_of(&far, &(0..0)), None);
    }
}
