//! A falsified cinder-volume log: a file beside the run, rewritten as the true one grows.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// What is done to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLie {
    Honest,
    /// The connections are those of another volume.
    OtherVolume,
    /// The lines are in the log of another host.
    OtherHost,
    /// syslog cut the lines.
    Cut,
    CarriageReturns,
    /// A dict names its hosts twice, the right ones last.
    WrongThenRight,
    /// The right ones first.
    RightThenWrong,
    /// A second dict stands behind the first.
    TwoDicts,
    /// All that names the site is masked.
    Masked,
    /// Some of it is.
    MaskedSome,
    /// A line that leads to the first site stands before each.
    FirstSiteBefore,
    /// Each line is coloured, as oslo.log does on a terminal and journald keeps.
    Coloured,
    /// Each line stands in a JSON object, as oslo.log's JSONFormatter writes it.
    Json,
    /// The log is empty from the failover on: logrotate without `copytruncate`.
    Rotated,
    /// The attachment's id is that of another one.
    OtherAttachment,
}

/// What Cinder says before a connection (`cinder/volume/manager.py`, `attachment_update`).
const CONNECTION: &str = "Connection info returned from driver";

static VOLUME: LazyLock<Regex> = LazyLock::new(|| Regex::new("volume-[0-9a-f-]{36}").expect("a pattern"));
static HOSTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"'hosts': \[[^]]*\]").expect("a pattern"));
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"'(hosts|cluster_name|auth_username|secret_uuid)': (\[[^]]*\]|'[^']*')").expect("a pattern")
});
static SOME_NAMES: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"'(hosts|cluster_name)': (\[[^]]*\]|'[^']*')").expect("a pattern"));
static ATTACHMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new("'attachment_id': '[^']*'").expect("a pattern"));

impl LogLie {
    /// The log as it is shown.
    pub fn tell(self, log: &str) -> String {
        match self {
            LogLie::Honest => log.to_owned(),
            LogLie::CarriageReturns => log.replace('\n', "\r\n"),
            LogLie::Coloured => log
                .lines()
                .map(|line| format!("\u{1b}[00;36m{line}\u{1b}[00m\n"))
                .collect(),
            LogLie::Json => log
                .lines()
                .map(|line| serde_json::json!({"message": line, "levelname": "DEBUG"}).to_string() + "\n")
                .collect(),
            LogLie::Rotated if log.contains("ceph2") => String::new(),
            _ => log.split_inclusive('\n').map(|line| self.line(line)).collect(),
        }
    }

    fn line(self, line: &str) -> String {
        if !line.contains(CONNECTION) {
            return line.to_owned();
        }
        let replaced = |pattern: &Regex, by: &str| pattern.replace_all(line, by).into_owned();
        match self {
            LogLie::OtherVolume => replaced(&VOLUME, "volume-99999999-9999-4999-8999-999999999999"),
            LogLie::OtherHost => String::new(),
            LogLie::Cut => format!(
                "{}\n",
                line.chars()
                    .take(line.chars().count() * 2 / 3)
                    .collect::<String>()
                    .trim_end()
            ),
            LogLie::WrongThenRight => replaced(&HOSTS, "'hosts': ['203.0.113.9'], $0"),
            LogLie::RightThenWrong => replaced(&HOSTS, "$0, 'hosts': ['203.0.113.9']"),
            LogLie::TwoDicts => format!("{} {{'hosts': ['203.0.113.9']}}\n", line.trim_end()),
            LogLie::Masked => replaced(&NAMES, "'$1': '***'"),
            LogLie::MaskedSome => replaced(&SOME_NAMES, "'$1': '***'"),
            LogLie::FirstSiteBefore => format!("{}{line}", at_the_first_site(line)),
            LogLie::OtherAttachment => replaced(&ATTACHMENT, "'attachment_id': '99999999-9999-4999-8999-999999999999'"),
            _ => line.to_owned(),
        }
    }

    /// Writes the file anew, all at once.
    pub fn write(self, path: &Path, log: &str) {
        let new: PathBuf = path.with_extension("new");
        std::fs::write(&new, self.tell(log)).expect("written");
        std::fs::rename(new, path).expect("renamed");
    }
}

fn at_the_first_site(line: &str) -> String {
    line.replace("198.51.100.11", "192.0.2.11")
        .replace("'ceph2'", "'ceph'")
        .replace("'cinder2'", "'cinder'")
}
