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
    /// The options, of which `rw` and `ro` show whether it can be written.
    pub options: Vec<String>,
}

impl std::fmt::Display for Mount {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let options = self.options.join(",");
        write!(
            formatter,
            "{} on {} type {} ({})",
            self.device, self.directory, self.filesystem, options
        )
    }
}

/// Reads `/proc/mounts`. `None` if a line is not one of it.
pub(crate) fn parse(text: &str) -> Option<Vec<Mount>> {
    text.lines().filter(|line| !line.trim().is_empty()).map(line).collect()
}

/// The last mount at exactly this directory. Reads a table of any length without keeping it; lines that are not of one are
/// skipped, because they are never requested.
pub(crate) fn last_at(table: &[u8], directory: &str) -> Option<Mount> {
    lines_backwards(table).find(|mount| mount.directory == directory)
}

/// The last mount of a device that is requested. Reads a table of any length without keeping it.
pub(crate) fn last_of(table: &[u8], is_wanted: impl Fn(&str) -> bool) -> Option<Mount> {
    lines_backwards(table).find(|mount| is_wanted(&mount.device))
}

/// Whether any line is one of a table.
pub(crate) fn is_one(table: &[u8]) -> bool {
    lines_backwards(table).next().is_some()
}

/// The mount that holds an absolute path: of the last lines of each directory that the path lies in, the deepest.
pub(crate) fn holding(table: &[u8], path: &str) -> Option<Mount> {
    let mut best: Option<Mount> = None;
    for mount in lines_backwards(table) {
        let deeper = best
            .as_ref()
            .is_none_or(|best| mount.directory.len() > best.directory.len());
        if deeper && lies_in(path, &mount.directory) {
            best = Some(mount);
        }
    }
    best
}

/// Whether a path is a directory or lies in it.
fn lies_in(path: &str, directory: &str) -> bool {
    directory == "/"
        || path
            .strip_prefix(directory)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn lines_backwards(table: &[u8]) -> impl Iterator<Item = Mount> {
    table
        .rsplit(|byte| *byte == b'\n')
        .filter_map(|text| line(str::from_utf8(text).ok()?.trim_end_matches('\r')))
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
    fn the_last_line_for_a_directory_counts() {
        let table = b"/dev/vda / ext4 rw 0 0\n/dev/vdq /mnt ext4 ro 0 0\nnoise\n/dev/vdb /mnt ext4 rw 0 0\ntmpfs /mnt/x tmpfs rw 0 0\n";
        let device = |mount: Option<Mount>| mount.map(|mount| mount.device);
        assert_eq!(device(last_at(table, "/mnt")).as_deref(), Some("/dev/vdb"));
        assert_eq!(device(last_at(table, "/nowhere")), None);
        let directory = |wanted: &str| last_of(table, |device| device == wanted).map(|mount| mount.directory);
        assert_eq!(directory("/dev/vdq").as_deref(), Some("/mnt"));
        assert_eq!(directory("/dev/vdz"), None);
        assert_eq!(device(holding(table, "/mnt/f")).as_deref(), Some("/dev/vdb"));
        assert_eq!(device(holding(table, "/mnt/x/f")).as_deref(), Some("tmpfs"));
        assert_eq!(device(holding(table, "/mntx/f")).as_deref(), Some("/dev/vda"));
        assert_eq!(device(holding(b"", "/f")), None);
    }

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
