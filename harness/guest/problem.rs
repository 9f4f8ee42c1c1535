//! What is behind the message of a command that failed in a guest.

/// What is behind the message of a command that failed in a guest, by the words of glibc's `strerror`, of util-linux and of
/// busybox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// `ENOSPC`: the file system is full.
    DiskFull,
    /// `EROFS`: the file system is read-only, as ext4 becomes when its disk is lost.
    ReadOnly,
    /// `EROFS` of `/proc/sys`, as in a container: says nothing about a disk.
    ReadOnlyProc,
    /// `EIO` or a bus error: the disk does not answer any more.
    DiskLost,
    /// `ENOENT`: there is no such file or directory.
    NoSuchFile,
    /// The disk holds no file system that can be mounted.
    NoFilesystem,
    /// Nothing is mounted there.
    NotMounted,
    /// Somebody still uses it.
    Busy,
    /// The user may not do it.
    PermissionDenied,
    /// There is no such command in the guest.
    CommandNotFound,
    /// Something else; the message says what.
    Other,
}

/// The exit status of a command whose process got `SIGBUS`, as it does when a page of its own program cannot be read.
const BUS_ERROR: i32 = 128 + 7;

impl Problem {
    /// Reads it from what a command left behind. Only what its own programs say counts, if they say anything: warnings of
    /// `sudo` and of login scripts stand beside it. The first match counts: the words of a cause stand before those of its
    /// consequences.
    pub(super) fn of(exit_code: i32, stderr: &str, command: &str) -> Problem {
        let stderr = own_lines(stderr, command);
        let stderr = stderr.as_str();
        const WORDS: [(&str, Problem); 19] = [
            ("No space left on device", Problem::DiskFull),
            ("Input/output error", Problem::DiskLost),
            ("I/O error", Problem::DiskLost),
            ("Bus error", Problem::DiskLost),
            ("wrong fs type", Problem::NoFilesystem),
            ("bad superblock", Problem::NoFilesystem),
            ("can't read superblock", Problem::DiskLost),
            ("Structure needs cleaning", Problem::NoFilesystem),
            ("Read-only file system", Problem::ReadOnly),
            ("write-protected", Problem::ReadOnly),
            ("not mounted", Problem::NotMounted),
            ("no mount point specified", Problem::NotMounted),
            ("busy", Problem::Busy),
            ("a password is required", Problem::PermissionDenied),
            ("ermission denied", Problem::PermissionDenied),
            ("Operation not permitted", Problem::PermissionDenied),
            // Of the tools "No such file or directory", of dash "cannot open f: No such file".
            ("No such file", Problem::NoSuchFile),
            ("Directory nonexistent", Problem::NoSuchFile),
            ("nonexistent directory", Problem::NoSuchFile),
        ];
        // busybox' mount and umount say no more than the system call: mount(2) answers EINVAL for a disk without a file
        // system, umount(2) for a directory where nothing is mounted.
        if stderr.contains("Invalid argument") {
            if stderr.contains("mount: mounting ") {
                return Problem::NoFilesystem;
            }
            if stderr.contains("umount: can't unmount ") {
                return Problem::NotMounted;
            }
        }
        match exit_code {
            127 => Problem::CommandNotFound,
            BUS_ERROR => Problem::DiskLost,
            _ if stderr.contains("/proc/") && stderr.contains("Read-only file system") => Problem::ReadOnlyProc,
            _ => WORDS
                .iter()
                .find(|(words, _)| stderr.contains(words))
                .map_or(Problem::Other, |(_, problem)| *problem),
        }
    }

    /// The problem in words, after `cannot …: `.
    pub(super) fn words(self) -> &'static str {
        match self {
            Problem::DiskFull => "its disk is full",
            Problem::ReadOnly => "its file system is read-only",
            Problem::ReadOnlyProc => "its /proc/sys is read-only",
            Problem::DiskLost => "its disk does not answer any more (I/O error)",
            Problem::NoSuchFile => "there is no such file or directory",
            Problem::NoFilesystem => "there is no file system that can be mounted",
            Problem::NotMounted => "nothing is mounted there",
            Problem::Busy => "it is in use",
            Problem::PermissionDenied => "its user may not do that",
            Problem::CommandNotFound => "it lacks the command",
            Problem::Other => "the command failed",
        }
    }

    /// What to do next.
    pub(super) fn help(self) -> &'static str {
        match self {
            Problem::DiskFull => "free space in the guest, or give the scenario a larger volume or flavor",
            Problem::ReadOnly => {
                "the guest's disk was lost and ext4 has gone read-only, as after a failover without a new connection: \
                 reconnect the server; `dmesg` in the guest says when it happened"
            }
            Problem::ReadOnlyProc => {
                "the guest is a container or hardened, and this says nothing about its disks: give the scenario a \
                 guest whose user may write to /proc/sys/vm/drop_caches, without which a read may come from memory"
            }
            Problem::DiskLost => {
                "the guest still has the connection to the lost site, or its storage does not answer: reconnect the \
                 server or the volume; `dmesg` in the guest says when it happened"
            }
            Problem::NoSuchFile => "what should be there was never written, or did not survive",
            Problem::NoFilesystem => "the volume was never formatted, or its data did not survive",
            Problem::NotMounted => "it was never mounted, or is already unmounted",
            Problem::Busy => "something in the guest has a file open there: `fuser -vm` names it",
            Problem::PermissionDenied => {
                "use root as the target's guest user, or let the user use `sudo` without a password (and set \
                 `privilege: sudo` in the target)"
            }
            Problem::CommandNotFound => "use a guest image that has the command in its PATH",
            Problem::Other => "run the command in the guest by hand",
        }
    }
}

/// What the programs of a command line say, else what its shell says, else everything. A program is known by its name
/// before a colon, as every tool writes it.
fn own_lines(stderr: &str, command: &str) -> String {
    let speaker = |line: &str| line.split_once(':').map(|(before, _)| before.trim().to_owned());
    let program = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
    let words: Vec<String> = command
        .split(|character: char| !(character.is_ascii_alphanumeric() || "._-/".contains(character)))
        .filter(|word| !word.is_empty())
        .map(program)
        .collect();
    let said_by = |is_speaker: &dyn Fn(&str) -> bool| {
        let lines = stderr
            .lines()
            .filter(|line| speaker(line).is_some_and(|name| is_speaker(&program(&name))));
        lines.collect::<Vec<_>>().join("\n")
    };
    let is_program = |name: &str| words.iter().any(|word| word == name);
    // `mkfs.ext4` is a name of mke2fs.
    let own = said_by(&|name| is_program(name) || (name == "mke2fs" && is_program("mkfs.ext4")));
    if !own.is_empty() {
        return own;
    }
    let is_shell = |name: &str| matches!(name, "sh" | "ash" | "dash" | "bash" | "-sh" | "-ash" | "-bash");
    let about_login = |line: &&str| line.contains("/etc/profile") || line.contains("/etc/bash") || line.contains("rc:");
    let shell = said_by(&is_shell);
    let shell: Vec<&str> = shell.lines().filter(|line| !about_login(line)).collect();
    if !shell.is_empty() {
        return shell.join("\n");
    }
    let is_warning = |line: &&str| line.starts_with("sudo: unable to resolve host") || about_login(line);
    let rest: Vec<&str> = stderr.lines().filter(|line| !is_warning(line)).collect();
    rest.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_beside_a_message_are_not_the_message() {
        let command = "sha256sum failover-dr";
        for (stderr, problem) in [
            (
                "bash: /etc/profile.d/x: No such file or directory\nsha256sum: memory exhausted\n",
                Problem::Other,
            ),
            (
                "sudo: unable to resolve host app: No such file or directory\nsha256sum: failover-dr: Input/output error\n",
                Problem::DiskLost,
            ),
            (
                "sudo: unable to resolve host app: No such file or directory\n",
                Problem::Other,
            ),
            ("bash: /etc/profile.d/x: No such file or directory\n", Problem::Other),
            ("sudo: a password is required\n", Problem::PermissionDenied),
            (
                "motd: the disk is busy\nsha256sum: failover-dr: No such file or directory\n",
                Problem::NoSuchFile,
            ),
        ] {
            assert_eq!(Problem::of(1, stderr, command), problem, "{stderr}");
        }
        let drop = "sync && echo 3 > /proc/sys/vm/drop_caches";
        for stderr in [
            "sh: 1: cannot create /proc/sys/vm/drop_caches: Read-only file system\n",
            "sh: can't create /proc/sys/vm/drop_caches: Read-only file system\n",
            "bash: line 1: /proc/sys/vm/drop_caches: Read-only file system\n",
        ] {
            assert_eq!(Problem::of(1, stderr, drop), Problem::ReadOnlyProc, "{stderr}");
        }
        assert_eq!(
            Problem::of(1, "sync: error syncing 'f': Input/output error\n", drop),
            Problem::DiskLost
        );
    }

    #[test]
    fn messages_of_real_guests() {
        for (exit_code, stderr, problem) in [
            (1, "cat: write error: No space left on device\n", Problem::DiskFull),
            (1, "sh: 1: cannot create f: Read-only file system\n", Problem::ReadOnly),
            (1, "cat: f: Input/output error\n", Problem::DiskLost),
            (135, "Bus error\n", Problem::DiskLost),
            (135, "", Problem::DiskLost),
            (126, "sh: 1: /usr/bin/sync: Input/output error\n", Problem::DiskLost),
            (1, "cat: f: No such file or directory\n", Problem::NoSuchFile),
            (2, "sh: 1: cannot open f: No such file\n", Problem::NoSuchFile),
            (
                2,
                "sh: 1: cannot create d/f: Directory nonexistent\n",
                Problem::NoSuchFile,
            ),
            (
                32,
                "mount: /mnt: wrong fs type, bad option, bad superblock on /dev/vdb, missing codepage or helper program, or \
                 other error.\n",
                Problem::NoFilesystem,
            ),
            (
                32,
                "mount: /mnt: can't read superblock on /dev/vdb.\n",
                Problem::DiskLost,
            ),
            (32, "umount: /mnt: not mounted.\n", Problem::NotMounted),
            (32, "umount: /mnt: no mount point specified.\n", Problem::NotMounted),
            (32, "umount: /mnt: target is busy.\n", Problem::Busy),
            (1, "sudo: a password is required\n", Problem::PermissionDenied),
            (
                2,
                "sh: 1: cannot create /etc/x: Permission denied\n",
                Problem::PermissionDenied,
            ),
            (127, "sh: 1: mkfs.ext4: not found\n", Problem::CommandNotFound),
            // busybox, as CirrOS has it.
            (
                255,
                "mount: mounting /dev/vdb on /mnt failed: Invalid argument\n",
                Problem::NoFilesystem,
            ),
            (
                255,
                "mount: mounting /dev/vdb on /mnt failed: Input/output error\n",
                Problem::DiskLost,
            ),
            (1, "umount: can't unmount /mnt: Invalid argument\n", Problem::NotMounted),
            (
                1,
                "umount: can't unmount /mnt: Device or resource busy\n",
                Problem::Busy,
            ),
            (1, "sh: can't create d/f: nonexistent directory\n", Problem::NoSuchFile),
            (
                1,
                "cat: can't open 'f': No such file or directory\n",
                Problem::NoSuchFile,
            ),
            (3, "something: Invalid argument\n", Problem::Other),
            (3, "something\n", Problem::Other),
        ] {
            let command = "cat > f && sync f; mount /dev/vdb /mnt; umount /mnt; mkfs.ext4";
            assert_eq!(Problem::of(exit_code, stderr, command), problem, "{stderr}");
        }
    }
}
