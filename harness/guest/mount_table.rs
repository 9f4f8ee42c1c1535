//! The kernel's table of mounts.

/// A line of `/proc/mounts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The device, for example `/dev/vdb`, or another source.
    pub device: String,
    /// The mount point.
    pub directory: String,
    /// The file system's type, for example `ext4`.
    pub filesystem: String,
    /// The options, of which `rw` and `ro` tell whether it can be written.
    pub options: Vec<String>,
}

/// Reads `/proc/mounts`. `None` if a line is not one of it.
pub(crate) fn parse(text: &str) -> Option<Vec<Mount>> {
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

fn line(line: &str) -> Option<Mount> {
    let mut fields = line.split(' ');
    let (device, directory) = (unescape(fields.next()?), unescape(fields.next()?));
    let (filesystem, options) = (fields.next()?.to_owned(), fields.next()?);
    Some(Mount {
        device,
        directory,
        filesystem,
        options: options.split(',').map(str::to_owned).collect(),
    })
}

/// Blanks, tabs, newlines and backslashes stand as octal escapes (Linux' `fs/proc_namespace.c`, `mangle`).
fn unescape(field: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(field.to_owned(), |field, (escape, character)| {
            field.replace(escape, character)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_real_table() {
        let table =
            "/dev/vda1 / ext4 rw,relatime 0 0\n/dev/vdb /mnt/my\\040data ext4 ro,relatime,errors=remount-ro 0 0\n";
        let mounts = parse(table).unwrap();
        assert_eq!(mounts.len(), 2);
        assert_eq!(mounts[1].device, "/dev/vdb");
        assert_eq!(mounts[1].directory, "/mnt/my data");
        assert_eq!(mounts[1].filesystem, "ext4");
        assert_eq!(mounts[1].options, ["ro", "relatime", "errors=remount-ro"]);
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse("/dev/vdb /mnt\n"), None);
    }
}
