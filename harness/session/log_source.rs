//! The commands that read a log of cinder-volume, whatever holds it. Each costs what the log's end costs: nothing reads a log from
//! its beginning.

use jiff::Timestamp;

use crate::shell::quote;
use crate::targets::LogSource;

/// How much of what was written since a place is read at most, in bytes.
const MOST: usize = 256 << 20;
/// How much is searched of a log of which no place is known, in bytes.
const TAIL: usize = 64 << 20;
/// How much earlier than a time lines are asked for, in seconds: clocks differ.
const SLACK: u64 = 5;
/// What a source prints that could not be read to its end, before its exit code: that of a pipeline is its last command's.
const FAILED: &str = "cinder-drill-unread ";
/// How long the lines of a log are on average, in bytes, where only lines can be counted.
const LINE: usize = 400;

/// A place in a log: for a file how long it was and its inode, for others the time there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Bytes, or seconds of the epoch.
    at: u64,
    /// The file's.
    inode: u64,
}

impl LogPlace {
    /// Reads what [`LogSource::here`] printed.
    pub(crate) fn read(printed: &str) -> Option<LogPlace> {
        let mut words = printed.split_whitespace().map(str::parse);
        let at = words.next()?.ok()?;
        let inode = words.next().and_then(Result::ok).unwrap_or_default();
        Some(LogPlace { at, inode })
    }
}

/// What a source could not be read for: the exit code of what reads it.
pub(crate) fn unread(printed: &str) -> Option<i32> {
    printed
        .lines()
        .find_map(|line| line.strip_prefix(FAILED)?.trim().parse().ok())
}

impl LogSource {
    /// Prints where the log ends now.
    pub(crate) fn here(&self) -> String {
        match self {
            LogSource::Path(path) => format!("stat -L -c '%s %i' {}", quote(path)),
            _ => "date +%s".to_owned(),
        }
    }

    /// Prints the lines since a place that hold all of some words, or of the log's end if no place is known.
    pub(crate) fn search(&self, since: Option<LogPlace>, words: &[&str]) -> String {
        let filter: Vec<String> = words
            .iter()
            .map(|word| format!("grep -aF -e {} -e {}", quote(word), quote(FAILED)))
            .collect();
        // A coloured line is a list of bytes in the journal's JSON, in which no words are found.
        format!("{} | {}", self.since(since, TAIL, "cat"), filter.join(" | "))
    }

    /// Prints what was written since a place, at most so many bytes of its end; or so many bytes of the log's end.
    pub(crate) fn end(&self, since: Option<LogPlace>, bytes: usize) -> String {
        // JSON has the priority of a line, which its text may lack.
        format!("{} | tail -c {bytes}", self.since(since, bytes, "json"))
    }

    /// Prints what was written since a place; without one, about so many bytes of the end.
    fn since(&self, since: Option<LogPlace>, bytes: usize, journal: &str) -> String {
        let lines = (bytes / LINE).max(1);
        let from = since.map(|place| place.at.saturating_sub(SLACK));
        let command = match self {
            LogSource::Path(path) => return file(path, since, bytes),
            LogSource::Journal { unit } => {
                let from = from.map_or_else(|| format!("-n {lines}"), |from| format!("--since @{from}"));
                // Without `--all` a long line is left out.
                format!(
                    "journalctl --no-pager --quiet --all --output {journal} --unit {} {from}",
                    quote(unit)
                )
            }
            LogSource::Container { engine, name } => {
                let from = from.map_or_else(|| format!("--tail {lines}"), |from| format!("--since {from}"));
                format!("{engine} logs {from} {} 2>&1", quote(name))
            }
            LogSource::Pod {
                client,
                namespace,
                selector,
                container,
            } => {
                let from = from.and_then(|from| Timestamp::from_second(i64::try_from(from).ok()?).ok());
                let from = from.map_or_else(
                    || format!("--tail={lines}"),
                    |from| format!("--tail=-1 --since-time={from}"),
                );
                let container = container.as_ref().map(|name| format!(" --container {}", quote(name)));
                format!(
                    "{client} --namespace {} logs --selector {}{} {from} --max-log-requests 50",
                    quote(namespace),
                    quote(selector),
                    container.unwrap_or_default()
                )
            }
            LogSource::Command(command) => {
                // Where no place is known, an hour is enough to see what the log is like.
                let from = from.map_or_else(|| "$(($(date +%s) - 3600))".to_owned(), |from| from.to_string());
                format!("SINCE={from}; export SINCE; {command}")
            }
        };
        format!("{{ {{ {command}\n}} || echo \"{FAILED}$?\"; }}")
    }
}

/// What a file holds since a place. Where it is another one by now, or shorter, a rotation has put aside what followed the place, in
/// the youngest of its neighbours: `.1`, by the date (`-20261129`), compressed or not.
fn file(path: &str, since: Option<LogPlace>, bytes: usize) -> String {
    let quoted = quote(path);
    let Some(LogPlace { at, inode }) = since else {
        return format!("{{ tail -c {bytes} {quoted} || echo \"{FAILED}$?\"; }}");
    };
    let from = at + 1;
    let unpack = [
        ("[.]gz$", "gzip"),
        ("[.]xz$", "xz"),
        ("[.]zst$", "zstd"),
        ("[.]bz2$", "bzip2"),
    ]
    .map(|(name, tool)| format!("if echo \"$r\" | grep -q '{name}'; then {tool} -dc \"$r\"; el"))
    .concat();
    let unpack = format!("{unpack}se cat \"$r\"; fi");
    format!(
        "{{ f={quoted}; s=$(stat -L -c %s \"$f\") && i=$(stat -L -c %i \"$f\") && if [ \"$s\" -lt {at} ] || [ \"$i\" != {inode} ]; then \
         r=$(ls -t \"$f\".* \"$f\"-* 2>/dev/null | head -n 1); if [ -n \"$r\" ]; then {unpack} | tail -c +{from} | tail -c {MOST}; fi; tail \
         -c {MOST} \"$f\"; else tail -c +{from} \"$f\" | tail -c {MOST}; fi || echo \"{FAILED}$?\"; }}"
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    /// What this machine's own shell prints, and on its standard error. `path` comes first on the search path.
    fn printed(script: &str, path: &Path) -> (String, String) {
        let search = format!("{}:{}", path.display(), std::env::var("PATH").unwrap_or_default());
        let done = Command::new("/bin/sh")
            .args(["-c", script])
            .env("PATH", search)
            .output()
            .expect("a shell");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        (text(done.stdout), text(done.stderr))
    }

    fn here(source: &LogSource, path: &Path) -> LogPlace {
        LogPlace::read(&printed(&source.here(), path).0).expect("a place")
    }

    #[test]
    fn a_file_is_read_from_a_place_also_where_a_rotation_has_put_it_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("it's a log");
        let source = LogSource::Path(file.display().to_string());
        let search = |place| printed(&source.search(Some(place), &["conn", "a-1"]), folder.path());
        let found = |text: &str| (text.to_owned(), String::new());
        let rotated = |name: &str| folder.path().join(format!("it's a log{name}"));
        for (name, pack) in [
            (".1", None),
            ("-20261129", None),
            ("-20261129.gz", Some("gzip")),
            (".1.xz", Some("xz")),
            (".bz2", Some("bzip2")),
        ] {
            std::fs::write(&file, "conn a-1 of before\n").expect("written");
            let place = here(&source, folder.path());
            assert_eq!(search(place), found(""), "{name}");
            std::fs::write(&file, "conn a-1 of before\nconn a-2\nconn a-1 now\n").expect("written");
            assert_eq!(search(place), found("conn a-1 now\n"), "{name}");
            // logrotate renames, compresses, and the daemon opens a new file, which may be longer than the old one by now.
            let plain = rotated(
                name.trim_end_matches(".gz")
                    .trim_end_matches(".xz")
                    .trim_end_matches(".bz2"),
            );
            std::fs::rename(&file, rotated(".tmp")).expect("renamed");
            std::fs::rename(
                rotated(".tmp"),
                if pack.is_some() {
                    folder.path().join("aside")
                } else {
                    plain
                },
            )
            .expect("renamed");
            std::fs::write(&file, "other\n".repeat(100) + "conn a-1 anew\n").expect("written");
            if let Some(tool) = pack {
                let aside = folder.path().join("aside");
                let done = Command::new(tool).arg("-c").arg(&aside).output().expect("a tool");
                std::fs::write(rotated(name), done.stdout).expect("written");
                std::fs::remove_file(aside).expect("removed");
            }
            assert_eq!(search(place), found("conn a-1 now\nconn a-1 anew\n"), "{name}");
            // copytruncate empties the file in its place.
            let place = here(&source, folder.path());
            std::fs::write(&file, "conn a-1 last\n").expect("written");
            assert!(search(place).0.ends_with("conn a-1 last\n"), "{name}");
            for old in std::fs::read_dir(folder.path()).expect("a folder") {
                std::fs::remove_file(old.expect("a file").path()).expect("removed");
            }
        }
        let missing = printed(&source.search(None, &["conn"]), folder.path());
        assert_eq!(unread(&missing.0), Some(1), "{missing:?}");
        assert!(missing.1.contains("it's a log"), "{missing:?}");
    }

    #[test]
    fn a_long_log_costs_what_its_end_costs() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("log");
        let log = std::fs::File::create(&file).expect("a file");
        // As long as it says, and empty on the disk.
        log.set_len(5 << 30).expect("a long file");
        let source = LogSource::Path(file.display().to_string());
        let place = here(&source, folder.path());
        std::io::Write::write_all(
            &mut std::fs::OpenOptions::new().append(true).open(&file).expect("a file"),
            b"\nconn a-1\n",
        )
        .expect("written");
        let began = std::time::Instant::now();
        assert_eq!(
            printed(&source.search(Some(place), &["conn", "a-1"]), folder.path()).0,
            "conn a-1\n"
        );
        assert!(
            printed(&source.end(None, 4096), folder.path())
                .0
                .ends_with("conn a-1\n")
        );
        assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
    }

    /// Programs that print what they were called with, or a log.
    fn programs(folder: &Path, names: &[&str], body: &str) {
        for name in names {
            let file = folder.join(name);
            std::fs::write(&file, format!("#!/bin/sh\n{body}\n")).expect("written");
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("executable");
        }
    }

    fn others() -> [LogSource; 5] {
        let text = str::to_owned;
        [
            LogSource::Journal {
                unit: text("devstack@c-vol"),
            },
            LogSource::Container {
                engine: text("docker"),
                name: text("cinder_volume"),
            },
            LogSource::Container {
                engine: text("podman"),
                name: text("cinder volume"),
            },
            LogSource::Pod {
                client: text("oc"),
                namespace: text("openstack"),
                selector: text("a=b,c=d"),
                container: Some(text("cinder-volume")),
            },
            LogSource::Command(text("[ \"$SINCE\" -gt 1700000000 ] && journalctl of a command")),
        ]
    }

    #[test]
    fn every_runtime_is_asked_for_what_came_since_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        programs(
            folder.path(),
            &["journalctl", "docker", "podman", "oc"],
            "echo \"$(basename \"$0\") $*\"",
        );
        let place = LogPlace {
            at: 1_796_000_000,
            inode: 0,
        };
        let said: Vec<String> = others()
            .iter()
            .flat_map(|source| {
                [
                    source.search(Some(place), &[""]),
                    source.end(None, 65536),
                    source.end(Some(place), 65536),
                ]
            })
            .map(|script| {
                let (text, error) = printed(&script, folder.path());
                assert_eq!(error, "", "{script}");
                text
            })
            .collect();
        insta::assert_snapshot!("asked", said.concat());
    }

    #[test]
    fn a_runtime_that_fails_is_no_empty_log() {
        let folder = tempfile::tempdir().expect("a folder");
        programs(
            folder.path(),
            &["journalctl", "docker", "podman", "oc"],
            "echo 'conn a-1'; echo 'Error: no such thing' >&2; exit 125",
        );
        for source in others() {
            let (text, _) = printed(&source.search(None, &["conn", "a-1"]), folder.path());
            assert_eq!(unread(&text), Some(125), "{source}: {text}");
            assert_eq!(
                unread(&printed(&source.end(None, 4096), folder.path()).0),
                Some(125),
                "{source}"
            );
        }
        assert_eq!(unread("conn\n"), None);
    }
}
