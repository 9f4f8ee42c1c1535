//! A log that is a file, and what rotations have put aside of it, next to it: which bytes of which of them follow a place, or are
//! the log's end. The machine only lists the files and prints what is asked for; what that means is decided here.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::log_source::{FAILED, LogPlace, MOST, Reading};
use crate::shell::quote;

/// What stands between what was read and the files as they were after that.
const LISTED: &str = "cinder-drill-files";
/// Of what stat(2) calls the mode: which bits say what a file is, and those of a regular one.
const TYPE: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
/// How many files that were put aside are read at most where no place is known.
const MOST_ASIDE: usize = 3;

/// What follows the name of the log: a number (logrotate, Python), a date (`dateext`), or both, and what it was packed with.
static PUT_ASIDE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[.-]([0-9][0-9T:_.-]*?)(?:\.(gz|xz|zst|bz2|lz4))?$"));
/// What follows its name without `.log`, where logrotate was told `extension .log`. Without a date, it may be another's log.
static INSIDE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[.-]([0-9]{8}[0-9T:_.-]*?|[0-9]{4}-[0-9T:_.-]*?)\.log(?:\.(gz|xz|zst|bz2|lz4))?$"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

/// One of a log's files.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LogFile {
    name: String,
    inode: u64,
    size: u64,
    /// When it was written last, in seconds of the epoch. Packing keeps that.
    modified: u64,
    /// What a rotation put into its name.
    mark: String,
    /// The program that unpacks it.
    packed: Option<&'static str>,
}

/// The files of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogFiles {
    /// The one that is written; none while a rotation is at it.
    current: Option<LogFile>,
    /// Those put aside, the oldest first.
    aside: Vec<LogFile>,
}

/// A part of what is read: a file from one of its bytes on.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    file: &'a LogFile,
    from: u64,
    /// Whether it only adds to what is enough without it.
    is_extra: bool,
}

impl LogFiles {
    /// Lists them.
    pub(super) fn list(path: &str) -> String {
        let quoted = quote(path);
        let inside = match path.strip_suffix(".log") {
            Some(stem) if !stem.ends_with('/') => format!(" {}[-.][0-9]*.log*", quote(stem)),
            _ => String::new(),
        };
        // A pattern that nothing matches stays as it is, and is no file.
        format!("stat -L -c '%f %Y %i %s %n' {quoted} {quoted}[-.][0-9]*{inside} 2>/dev/null")
    }

    /// Reads what [`LogFiles::list`] printed.
    pub(super) fn read(path: &str, printed: &str) -> LogFiles {
        let mut files = LogFiles::default();
        for line in printed.lines() {
            let Some(file) = LogFile::read(path, line) else {
                continue;
            };
            if file.name == path {
                files.current = Some(file);
            } else {
                files.aside.push(file);
            }
        }
        // While a file is being packed, both are there, and the packed one is not whole.
        let plain: Vec<String> = files
            .aside
            .iter()
            .filter(|file| file.packed.is_none())
            .map(|file| file.name.clone())
            .collect();
        files
            .aside
            .retain(|file| file.packed.is_none() || !plain.iter().any(|name| *name == file.unpacked_name()));
        files.aside.sort_by(LogFile::older_first);
        files.aside.dedup_by(|one, other| one.name == other.name);
        files
    }

    /// Splits what was printed into what was read and the files as they were after that.
    pub(super) fn split(path: &str, printed: &str) -> (String, Option<LogFiles>) {
        // A last line without an end is still being written, and stays so.
        match printed.rsplit_once(&format!("\n{LISTED}\n")) {
            Some((text, files)) => (text.to_owned(), Some(LogFiles::read(path, files))),
            None => (printed.to_owned(), None),
        }
    }

    /// Whether the same files are there, however the log has grown.
    pub(super) fn are_the_same_as(&self, other: &LogFiles) -> bool {
        let inode = |files: &LogFiles| files.current.as_ref().map(|file| file.inode);
        let size = |files: &LogFiles| files.current.as_ref().map_or(0, |file| file.size);
        // What was put aside may still be written by a daemon that was not told.
        let aside = |files: &LogFiles| -> Vec<(String, u64)> {
            let aside = files.aside.iter();
            aside.map(|file| (file.name.clone(), file.inode)).collect()
        };
        inode(self) == inode(other) && size(self) <= size(other) && aside(self) == aside(other)
    }

    /// Whether others are there, and the log itself is not.
    pub(super) fn are_being_rotated(&self) -> bool {
        self.current.is_none() && !self.aside.is_empty()
    }

    /// Prints what was written since a place, or the log's end, and then the files as they are after that.
    pub(super) fn script(&self, path: &str, since: Option<LogPlace>, reading: &Reading<'_>) -> String {
        let most = if since.is_some() { MOST } else { reading.bytes() };
        let mut commands: Vec<String> = self
            .parts(since, reading)
            .iter()
            .map(|part| part.command(most))
            .collect();
        if self.current.is_none() && commands.is_empty() {
            // It says itself why that is not possible.
            commands.push(unless_failed(&format!("tail -c {most} {}", quote(path))));
        }
        format!(
            "{{ {}; }} | {}; echo; echo {LISTED}; {}; true",
            commands.join("; "),
            reading.filter(),
            LogFiles::list(path)
        )
    }

    /// What follows a place; or the log's end, which goes on into what was put aside if the file is shorter than that.
    fn parts(&self, since: Option<LogPlace>, reading: &Reading<'_>) -> Vec<Part<'_>> {
        let mut parts = match since {
            Some(place) => match self.put_aside_since(place) {
                None => {
                    let current = self.current.iter();
                    return current.map(|file| Part::of(file, place.at)).collect();
                }
                Some(later) => later
                    .iter()
                    .enumerate()
                    .map(|(index, file)| Part::of(file, if index == 0 { file.from(place, reading) } else { 0 }))
                    .collect(),
            },
            None => self.end(reading.bytes()),
        };
        parts.extend(self.current.iter().map(|file| Part::of(file, 0)));
        parts
    }

    /// What was put aside since a place, from the file that had it on; `None` if it is in the current one.
    fn put_aside_since(&self, place: LogPlace) -> Option<&[LogFile]> {
        let current = self.current.as_ref();
        let is_current = |file: &LogFile| file.inode == place.inode && file.size >= place.at;
        let renamed = self
            .aside
            .iter()
            .position(|file| file.packed.is_none() && is_current(file));
        // An inode is used again, so a file that was written since is the better sign.
        let written = self.aside.iter().position(|file| file.modified >= place.time);
        match (renamed, written) {
            (Some(renamed), Some(written)) => Some(&self.aside[renamed.min(written)..]),
            (Some(position), None) | (None, Some(position)) => Some(&self.aside[position..]),
            (None, None) if current.is_some_and(is_current) => None,
            // Its clock was set back: the last one that was put aside.
            (None, None) => Some(&self.aside[self.aside.len().saturating_sub(1)..]),
        }
    }

    /// The last files put aside that are needed for so many bytes.
    fn end(&self, bytes: usize) -> Vec<Part<'_>> {
        let mut there = self.current.as_ref().map_or(0, |file| file.size);
        let wanted = u64::try_from(bytes).unwrap_or(u64::MAX);
        // Without the log itself nothing says that these are its own.
        if self.current.is_none() {
            return Vec::new();
        }
        let mut parts = Vec::new();
        for file in self.aside.iter().rev().filter(|file| file.size > 0).take(MOST_ASIDE) {
            if there >= wanted {
                break;
            }
            // A packed one holds at least what it takes.
            there = there.saturating_add(file.size);
            parts.insert(
                0,
                Part {
                    is_extra: true,
                    ..Part::of(file, 0)
                },
            );
        }
        parts
    }
}

impl<'a> Part<'a> {
    fn of(file: &'a LogFile, from: u64) -> Part<'a> {
        Part {
            file,
            from,
            is_extra: false,
        }
    }

    fn command(&self, most: usize) -> String {
        let name = quote(&self.file.name);
        let from = self.from + 1;
        let (command, then) = match (self.file.packed, self.from) {
            (Some(tool), 0) => (format!("{tool} -dc {name}"), format!(" | tail -c {most}")),
            (Some(tool), _) => (
                format!("{tool} -dc {name}"),
                format!(" | tail -c +{from} | tail -c {most}"),
            ),
            // `tail` goes to a place in a file without reading what stands before it.
            (None, 0) => (format!("tail -c {most} {name}"), String::new()),
            (None, _) => (format!("tail -c +{from} {name}"), format!(" | tail -c {most}")),
        };
        if self.is_extra {
            return format!("{{ {command} 2>/dev/null || true; }}{then}");
        }
        unless_failed(&command) + &then
    }
}

/// A pipeline ends as its last command does, so each one says itself that it failed.
fn unless_failed(command: &str) -> String {
    format!("{{ {command} || echo \"{FAILED}$?\"; }}")
}

impl LogFile {
    fn read(path: &str, line: &str) -> Option<LogFile> {
        let (kind, line) = line.split_once(' ')?;
        if u32::from_str_radix(kind, 16).ok()? & TYPE != REGULAR {
            return None;
        }
        let mut words = line.splitn(4, ' ');
        let mut number = || words.next()?.parse::<u64>().ok();
        let (modified, inode, size) = (number()?, number()?, number()?);
        let name = words.next()?;
        let file = |mark: &str, packed| LogFile {
            name: name.to_owned(),
            inode,
            size,
            modified,
            mark: mark.to_owned(),
            packed,
        };
        if name == path {
            return Some(file("", None));
        }
        let outside = name.strip_prefix(path).and_then(|rest| PUT_ASIDE.captures(rest));
        let inside = || {
            let rest = name.strip_prefix(path.strip_suffix(".log")?)?;
            INSIDE.captures(rest)
        };
        let found = outside.or_else(inside)?;
        let packed = found.get(2).map(|suffix| match suffix.as_str() {
            "gz" => "gzip",
            "xz" => "xz",
            "zst" => "zstd",
            "bz2" => "bzip2",
            _ => "lz4",
        });
        Some(file(found.get(1).map_or("", |mark| mark.as_str()), packed))
    }

    /// By what it is called as long as it is not packed.
    fn unpacked_name(&self) -> &str {
        match self.packed {
            Some(_) => self.name.rsplit_once('.').map_or(&self.name, |(name, _)| name),
            None => &self.name,
        }
    }

    fn older_first(&self, other: &LogFile) -> Ordering {
        let by_mark = match (self.mark.parse::<u32>(), other.mark.parse::<u32>()) {
            // A number counts rotations, and a date has eight digits.
            (Ok(one), Ok(other)) if one < 1_000_000 && other < 1_000_000 => other.cmp(&one),
            _ => self.mark.cmp(&other.mark),
        };
        self.modified.cmp(&other.modified).then(by_mark)
    }

    /// From which byte on it was written since a place that it had.
    fn from(&self, place: LogPlace, reading: &Reading<'_>) -> u64 {
        if self.packed.is_none() && self.size < place.at {
            return 0;
        }
        let is_it = self.packed.is_none() && self.inode == place.inode;
        // A copy or a packed one has another inode. Whoever searches for an id had better see too much of it.
        if is_it || !matches!(reading, Reading::Lines(_)) {
            place.at
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::session::VolumeLogPlace;
    use crate::shell::Shell;
    use crate::targets::LogSource;

    /// A log on this machine, whose own programs read it.
    struct Log {
        folder: tempfile::TempDir,
        place: VolumeLogPlace,
    }

    const PATIENCE: Duration = Duration::from_secs(60);

    impl Log {
        fn new(name: &str) -> Log {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join(name).display().to_string();
            let place = VolumeLogPlace {
                source: LogSource::Path(path),
                prefix: String::new(),
                shell: Shell::local(),
            };
            Log { folder, place }
        }

        fn path(&self) -> String {
            self.place.source.to_string()
        }

        /// One of its neighbours.
        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn write(&self, text: &str) {
            std::fs::write(self.path(), text).expect("written");
        }

        fn append(&self, text: &str) {
            let file = std::fs::OpenOptions::new().create(true).append(true).open(self.path());
            std::io::Write::write_all(&mut file.expect("a file"), text.as_bytes()).expect("written");
        }

        /// What logrotate does: another name, perhaps packed, and a new file.
        fn rotate(&self, name: &str, tool: Option<&str>) {
            let aside = self.at(name);
            std::fs::rename(self.path(), &aside).expect("renamed");
            self.write("");
            if let Some(tool) = tool {
                pack(&aside, tool);
            }
        }

        async fn here(&self) -> LogPlace {
            self.place.here(PATIENCE).await.expect("a place")
        }

        async fn found(&self, since: Option<LogPlace>) -> String {
            let words = ["conn", "a-1"];
            let found = self.place.read(since, Reading::Lines(&words), PATIENCE).await;
            found.unwrap_or_else(|failure| panic!("{failure}"))
        }

        async fn end(&self, since: Option<LogPlace>, bytes: usize) -> String {
            let found = self.place.read(since, Reading::End(bytes), PATIENCE).await;
            found.unwrap_or_else(|failure| panic!("{failure}"))
        }
    }

    /// Packs a file as its tool does, which keeps the time.
    fn pack(file: &Path, tool: &str) {
        let mut command = Command::new(tool);
        if tool == "zstd" || tool == "lz4" {
            command.args(["-q", "--rm"]);
        }
        assert!(command.arg(file).status().expect("a tool").success(), "{tool}");
    }

    fn age(file: &Path, seconds: u64) {
        let file = std::fs::File::options().append(true).open(file).expect("a file");
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds))
            .expect("aged");
    }

    #[tokio::test]
    async fn what_a_rotation_put_aside_since_a_place_is_read_whatever_it_is_called() {
        for (name, second, tool) in [
            (".2", ".1", None),
            ("-20261129", "-20261130", None),
            ("-20261129-1764400000", "-20261130-1764486400", None),
            (".2026-11-29_13-00-00", ".2026-11-29_14-00-00", None),
            ("-20261129", "-20261130", Some("gzip")),
            (".2", ".1", Some("xz")),
            (".2", ".1", Some("bzip2")),
            (".2", ".1", Some("zstd")),
        ] {
            let (name, second) = (format!("it's a log{name}"), format!("it's a log{second}"));
            let log = Log::new("it's a log");
            log.write("conn a-1 of before\n");
            let place = Some(log.here().await);
            assert_eq!(log.found(place).await, "", "{name}");
            log.append("conn a-2\nconn a-1 now\n");
            assert_eq!(log.found(place).await, "conn a-1 now\n", "{name}");
            log.rotate(&name, tool);
            // It may be longer by now than the old one was.
            log.append(&("other\n".repeat(100) + "conn a-1 anew\n"));
            let now = if tool.is_some() {
                // Whether a packed file is the one that was marked is not known for sure, so an id is searched in all of it.
                "conn a-1 of before\nconn a-1 now\nconn a-1 anew\n"
            } else {
                "conn a-1 now\nconn a-1 anew\n"
            };
            assert_eq!(log.found(place).await, now, "{name}");
            let end = log.end(place, 4096).await;
            assert!(end.starts_with("conn a-2\nconn a-1 now\nother\n"), "{name}: {end}");
            // And once more.
            log.rotate(&second, None);
            log.append("conn a-1 last\n");
            assert_eq!(log.found(place).await, format!("{now}conn a-1 last\n"), "{name}");
        }
    }

    #[tokio::test]
    async fn a_copy_is_read_and_so_is_the_file_that_was_emptied() {
        let log = Log::new("cinder-volume.log");
        log.write("conn a-1 of before\n");
        let place = Some(log.here().await);
        log.append("conn a-1 now\n");
        // With `extension .log`.
        std::fs::copy(log.path(), log.at("cinder-volume-20261129.log")).expect("copied");
        std::fs::OpenOptions::new()
            .write(true)
            .truncate(true)
            .open(log.path())
            .expect("emptied");
        let (before, now) = ("conn a-1 of before\n", "conn a-1 now\n");
        assert_eq!(log.found(place).await, format!("{before}{now}"));
        assert_eq!(log.end(place, 4096).await, now);
        // It grows beyond the place, so its length says nothing.
        log.append(&"conn a-1 anew\n".repeat(9));
        assert_eq!(log.found(place).await.lines().count(), 11);
    }

    #[tokio::test]
    async fn an_end_that_is_shorter_than_asked_goes_on_into_what_was_put_aside() {
        let log = Log::new("log");
        log.write("first\n");
        log.rotate("log.2", Some("gzip"));
        age(&log.at("log.2.gz"), 200);
        log.append(&"second\n".repeat(10));
        log.rotate("log.1", None);
        age(&log.at("log.1"), 100);
        log.append("third\n");
        assert_eq!(log.end(None, 5).await, "hird\n");
        assert_eq!(log.end(None, 13).await, "second\nthird\n");
        let all = log.end(None, 4096).await;
        assert_eq!(all, format!("first\n{}third\n", "second\n".repeat(10)));
        // What cannot be unpacked adds nothing, and takes nothing away.
        std::fs::write(log.at("log.2.gz"), "no gzip").expect("written");
        assert_eq!(log.end(None, 4096).await, format!("{}third\n", "second\n".repeat(10)));
        // Without the log itself, nothing says that the others are its own.
        std::fs::remove_file(log.path()).expect("removed");
        let gone = log.place.read(None, Reading::End(4096), PATIENCE).await;
        let gone = gone.expect_err("no log").to_string();
        assert!(gone.contains("No such file"), "{gone}");
    }

    #[tokio::test]
    async fn what_was_put_aside_long_before_and_what_only_looks_like_it_is_not_read() {
        let log = Log::new("cinder-volume.log");
        for name in [
            "cinder-volume.log.1",
            "cinder-volume.log-20261101.gz",
            "cinder-volume-20261101.log",
        ] {
            std::fs::write(log.at(name), "conn a-1 long ago\n").expect("written");
            age(&log.at(name), 86_400);
        }
        log.write("conn a-1 of before\n");
        let place = Some(log.here().await);
        log.append("conn a-1 now\n");
        for name in [
            "cinder-volume.log.lock",
            "cinder-volume.log.1~",
            "cinder-volume.log-old",
            "cinder-volume.log.1.swp",
            "cinder-volume-2.log",
            "cinder-volume.log.10.tmp",
            "cinder-volume.logs",
        ] {
            std::fs::write(log.at(name), "conn a-1 elsewhere\n").expect("written");
        }
        std::fs::create_dir(log.at("cinder-volume.log.3")).expect("a folder");
        assert_eq!(log.found(place).await, "conn a-1 now\n");
        assert_eq!(log.end(place, 4096).await, "conn a-1 now\n");
    }

    #[tokio::test]
    async fn a_file_that_is_being_packed_is_read_as_it_was() {
        let log = Log::new("log");
        log.write("conn a-1 of before\n");
        let place = Some(log.here().await);
        log.append("conn a-1 now\n");
        log.rotate("log.1", None);
        std::fs::write(log.at("log.1.gz"), b"\x1f\x8b\x08\x00 half of it").expect("written");
        assert_eq!(log.found(place).await, "conn a-1 now\n");
        // Left alone by whatever broke off, it is a failure and no log without the line.
        std::fs::remove_file(log.at("log.1")).expect("removed");
        let words = ["conn", "a-1"];
        let broken = log.place.read(place, Reading::Lines(&words), PATIENCE).await;
        let broken = broken.expect_err("half a file").to_string();
        assert!(broken.contains("gzip:"), "{broken}");
    }

    #[tokio::test]
    async fn a_rotation_between_two_commands_loses_nothing() {
        let mut log = Log::new("log");
        log.write("conn a-1 of before\n");
        let place = Some(log.here().await);
        log.append("conn a-1 now\n");
        // A `stat` after which, once, the log is rotated and packed.
        let bin = log.at("bin");
        std::fs::create_dir(&bin).expect("a folder");
        let folder = log.folder.path().display().to_string();
        let stat = format!(
            "#!/bin/sh\n/usr/bin/stat \"$@\"\ncode=$?\nif [ ! -e {folder}/done ]; then touch {folder}/done; mv {folder}/log {folder}/log.1; \
             echo 'conn a-1 anew' > {folder}/log; gzip {folder}/log.1; fi\nexit $code\n"
        );
        std::fs::write(bin.join("stat"), stat).expect("written");
        std::fs::set_permissions(bin.join("stat"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .expect("executable");
        log.place.prefix = format!("env PATH={}:/usr/bin:/bin", bin.display());
        let all = "conn a-1 of before\nconn a-1 now\nconn a-1 anew\n";
        assert_eq!(log.found(place).await, all);
        assert!(log.at("log.1.gz").exists());
    }

    #[tokio::test]
    async fn a_last_line_without_an_end_stays_without_one() {
        let log = Log::new("log");
        log.write("conn a-1 {'half': ");
        assert_eq!(log.end(None, 4096).await, "conn a-1 {'half': ");
        log.write("cinder-drill-files\nline\n");
        assert_eq!(log.end(None, 4096).await, "cinder-drill-files\nline\n");
        log.write("");
        assert_eq!(log.end(None, 4096).await, "");
    }

    #[tokio::test]
    async fn a_long_log_costs_what_its_end_costs() {
        let log = Log::new("log");
        // As long as they say, and empty on the disk.
        let long = |name: &Path| {
            let file = std::fs::File::create(name).expect("a file");
            file.set_len(5 << 30).expect("a long file");
        };
        long(Path::new(&log.path()));
        let place = Some(log.here().await);
        log.append("\nconn a-1\n");
        let began = std::time::Instant::now();
        assert_eq!(log.found(place).await, "conn a-1\n");
        assert!(log.end(None, 4096).await.ends_with("conn a-1\n"));
        log.rotate("log.1", None);
        log.append("conn a-1 anew\n");
        assert_eq!(log.found(place).await, "conn a-1\nconn a-1 anew\n");
        assert_eq!(log.end(place, 4096).await, "\nconn a-1\nconn a-1 anew\n");
        assert!(log.end(None, 4096).await.ends_with("conn a-1\nconn a-1 anew\n"));
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }

    #[test]
    fn of_files_put_aside_in_one_second_the_number_or_date_tells_the_older() {
        let listed = |names: &[&str]| {
            let lines: Vec<String> = names.iter().map(|name| format!("81a4 100 7 9 {name}")).collect();
            let files = LogFiles::read("/l", &lines.join("\n"));
            files.aside.iter().map(|file| file.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            listed(&["/l.1", "/l.10.gz", "/l.2.gz"]),
            ["/l.10.gz", "/l.2.gz", "/l.1"]
        );
        assert_eq!(
            listed(&["/l-20261130", "/l-20261129.xz"]),
            ["/l-20261129.xz", "/l-20261130"]
        );
        assert_eq!(listed(&["/l.1.gz", "/l.1", "/l", "nonsense"]), ["/l.1"]);
    }
}
