//! What a command is for. The harness wraps each so that its exit status stands at the end of its output.

use std::sync::LazyLock;

use regex::Regex;

/// What a command does. One may do several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Writes its standard input to a file.
    Write,
    /// Prints a file.
    Cat,
    /// Prints a file past the page cache.
    Direct,
    /// Prints a file's digest.
    Digest,
    /// Drops the page cache.
    Drop,
    /// Prints what is mounted.
    Table,
    /// Mounts a disk.
    Mount,
    /// Unmounts a directory.
    Unmount,
    /// Makes a file system.
    Format,
    /// Looks for a disk by its serial.
    Serial,
    /// Looks for a disk by the names that udev gives.
    ById,
    /// Asks which boot this is.
    Boot,
    /// Prints the kernel's messages.
    Messages,
    /// Writes the records that come, and acknowledges each.
    Writer,
    /// Anything else.
    Other,
}

/// A command line of the harness, taken apart.
#[derive(Clone, Debug)]
pub struct Command {
    /// What the harness wants to be run, without what stands before every command.
    pub text: String,
    /// The mark that must end its output.
    pub mark: String,
    /// What it does.
    pub kinds: Vec<Kind>,
    /// The file that it writes or reads; empty if it is about none.
    pub file: String,
}

/// What stands before every command.
pub const LOCALE: &str = "export LC_ALL=C; ";

/// The harness's `Marker::wrap`.
static WRAPPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?s)^\{ (.*)\n\}; code=\$\?; printf '\\n%s %d\\n' (\S+) \$code; exit \$code$"));
/// How a command names the file that it writes or reads.
static FILE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:cat > |cat |sha256sum |if=|< |head -c \d+ |tail -c \+\d+ )(?:-- )?([^\s;|&><]+)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant")
}

impl Command {
    /// Takes a command line apart. `None` if the harness did not wrap it.
    pub fn parse(line: &str) -> Option<Command> {
        let parts = WRAPPED.captures(line)?;
        let mut text = parts[1].to_owned();
        if let Some(quoted) = text.strip_prefix("sudo -n sh -c ") {
            text = shlex::split(quoted)?.into_iter().next()?;
        }
        let text = text.strip_prefix(LOCALE).unwrap_or(&text).to_owned();
        let is_file = |name: &str| {
            !["/proc/", "/sys/", "/dev/"]
                .iter()
                .any(|folder| name.starts_with(folder))
        };
        let file = match FILE.captures(&text) {
            Some(found) if is_file(&found[1]) => found[1].to_owned(),
            _ => String::new(),
        };
        let kinds = kinds(&text, &file);
        Some(Command {
            text,
            mark: parts[2].to_owned(),
            kinds,
            file,
        })
    }

    /// Whether it does this.
    pub fn is(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
}

fn kinds(text: &str, file: &str) -> Vec<Kind> {
    let has = |word: &str| text.contains(word);
    let starts = |word: &str| text.starts_with(word) || has(&format!("&& {word}")) || has(&format!("; {word}"));
    let of_a_file = !file.is_empty();
    let writes = of_a_file && has("cat > ");
    let direct = has("iflag=direct") || has("O_DIRECT");
    let candidates = [
        (Kind::Write, writes),
        (Kind::Direct, of_a_file && direct),
        (
            Kind::Cat,
            of_a_file && !writes && !direct && (starts("cat ") || starts("head -c ") || starts("dd if=")),
        ),
        (Kind::Digest, of_a_file && has("sha256sum ")),
        (Kind::Drop, has("drop_caches")),
        (Kind::Table, has("/proc/mounts") || has("mountinfo")),
        (Kind::Mount, starts("mount ")),
        (Kind::Unmount, starts("umount ")),
        (Kind::Format, starts("mkfs")),
        (Kind::Serial, has("/serial")),
        (Kind::ById, has("/dev/disk/by-id")),
        (Kind::Boot, has("boot_id")),
        (Kind::Messages, starts("dmesg")),
        (Kind::Writer, starts("while read -r block record")),
    ];
    let mut kinds: Vec<Kind> = candidates
        .into_iter()
        .filter(|(_, is)| *is)
        .map(|(kind, _)| kind)
        .collect();
    if kinds.is_empty() {
        kinds.push(Kind::Other);
    }
    kinds
}
