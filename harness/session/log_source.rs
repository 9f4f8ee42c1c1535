//! The commands that read a log of cinder-volume, whatever holds it. Each costs what the log's end costs: nothing reads a log from
//! its beginning.

use jiff::Timestamp;

use super::rotation::LogFiles;
use crate::shell::quote;
use crate::targets::LogSource;

/// How much of what was written since a place is read at most, in bytes.
pub(super) const MOST: usize = 256 << 20;
/// How much is searched of a log of which no place is known, in bytes.
const TAIL: usize = 32 << 20;
/// How much earlier than a time lines are asked for, in seconds: clocks differ.
const SLACK: u64 = 5;
/// What a source prints that could not be read to its end, before its exit code: that of a pipeline is its last command's.
pub(super) const FAILED: &str = "cinder-drill-unread ";
/// How long the lines of a log are on average, in bytes, where only lines can be counted.
const LINE: usize = 400;

/// What is wanted of a log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reading<'a> {
    /// The lines that hold all of these words.
    Lines(&'a [&'a str]),
    /// At most so many bytes of its end.
    End(usize),
    /// At most so many lines of its end.
    LastLines(u32),
}

impl Reading<'_> {
    /// How much of the log's end is enough if no place is known, in bytes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Reading::Lines(_) => TAIL,
            Reading::End(bytes) => *bytes,
            Reading::LastLines(lines) => usize::try_from(*lines).unwrap_or(TAIL).saturating_mul(LINE).min(TAIL),
        }
    }

    /// Takes it out of what a log prints.
    pub(super) fn filter(&self) -> String {
        match self {
            Reading::Lines(words) => {
                let filter = words
                    .iter()
                    .map(|word| format!("grep -aF -e {} -e {}", quote(word), quote(FAILED)));
                // `grep` answers 1 when nothing matches, which is no failure.
                format!(
                    "{{ {} || [ $? = 1 ] || echo \"{FAILED}2\"; }}",
                    filter.collect::<Vec<_>>().join(" | ")
                )
            }
            Reading::End(bytes) => format!("tail -c {bytes}"),
            Reading::LastLines(lines) => format!("tail -c {TAIL} | tail -n {lines}"),
        }
    }

    /// The form in which journald is asked. A coloured line is a list of bytes in its JSON, in which no words are found; but JSON has
    /// the priority of a line, which its text may lack.
    fn of_journal(&self) -> &'static str {
        match self {
            Reading::Lines(_) => "cat",
            Reading::End(_) | Reading::LastLines(_) => "json",
        }
    }
}

/// A place in a log: for a file how long it was and its inode, and for all the time there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogPlace {
    /// Bytes; of what is no file, nothing.
    pub(super) at: u64,
    /// The file's.
    pub(super) inode: u64,
    /// Seconds of the epoch.
    pub(super) time: u64,
}

impl LogPlace {
    /// Reads what [`LogSource::here`] printed.
    pub(crate) fn read(printed: &str) -> Option<LogPlace> {
        let numbers: Result<Vec<u64>, _> = printed.split_whitespace().map(str::parse).collect();
        match numbers.ok()?.as_slice() {
            [time] => Some(LogPlace {
                at: 0,
                inode: 0,
                time: *time,
            }),
            [time, at, inode] => Some(LogPlace {
                at: *at,
                inode: *inode,
                time: *time,
            }),
            _ => None,
        }
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
            LogSource::Path(path) => format!("date +%s && stat -L -c '%s %i' {}", quote(path)),
            _ => "date +%s".to_owned(),
        }
    }

    /// Prints the end of a log; of a file without what was put aside.
    pub(crate) fn end(&self, bytes: usize) -> String {
        self.script(&LogFiles::default(), None, &Reading::End(bytes))
    }

    /// Prints what was written since a place; or the log's end if none is known. Of a file, `files` are its own and those put aside.
    pub(crate) fn script(&self, files: &LogFiles, since: Option<LogPlace>, reading: &Reading<'_>) -> String {
        let lines = (reading.bytes() / LINE).max(1);
        let from = since.map(|place| place.time.saturating_sub(SLACK));
        let command = match self {
            LogSource::Path(path) => return files.script(path, since, reading),
            LogSource::Journal { unit } => {
                let from = from.map_or_else(|| format!("-n {lines}"), |from| format!("--since @{from}"));
                // Without `--all` a long line is left out.
                format!(
                    "journalctl --no-pager --quiet --all --output {} --unit {} {from}",
                    reading.of_journal(),
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
        format!("{{ {{ {command}\n}} || echo \"{FAILED}$?\"; }} | {}", reading.filter())
    }
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
        let place = LogPlace::read("1796000000\n");
        let said: Vec<String> = others()
            .iter()
            .flat_map(|source| {
                let script = |since, reading| source.script(&LogFiles::default(), since, &reading);
                [
                    script(place, Reading::Lines(&[""])),
                    script(None, Reading::End(65536)),
                    script(place, Reading::End(65536)),
                    script(place, Reading::LastLines(9)),
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
            let lines = source.script(&LogFiles::default(), None, &Reading::Lines(&["conn", "a-1"]));
            let (text, _) = printed(&lines, folder.path());
            assert_eq!(unread(&text), Some(125), "{source}: {text}");
            assert_eq!(
                unread(&printed(&source.end(4096), folder.path()).0),
                Some(125),
                "{source}"
            );
        }
        assert_eq!(unread("conn\n"), None);
    }
}
