//! Why `rbd` or `ceph` failed, read from its exit status and from what it wrote.

/// What is behind an `rbd` or a `ceph` that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SiteProblem {
    /// The cluster's monitors do not answer.
    ClusterUnreachable,
    /// The cluster answered and let the cephx user in, but its capabilities do not allow it.
    PermissionDenied,
    /// The cluster answered and did not let the cephx user in: its key is another, or the cluster takes no key of its kind.
    LoginRefused,
    /// There is no keyring of the cephx user in the shell. The cluster was not asked.
    KeyringAbsent,
    /// There is a keyring, and it cannot be read. The cluster was not asked.
    KeyringUnreadable,
    /// The shell has no configuration of the cluster. It was not asked.
    NoConfiguration,
    /// The shell's own user may not run the command, or what stands before it refused. The cluster was not asked.
    ShellRefused,
    /// There is no such pool.
    NoSuchPool,
    /// The pool is not mirrored.
    PoolNotMirrored,
    /// There is no such command in the shell.
    CommandNotFound,
    /// Something else; the message says what.
    Other,
}

/// EPERM and EACCES, with which `rbd` and `ceph` exit after a refusal (`src/tools/rbd/Shell.cc`, `src/ceph.in`).
const REFUSALS: [i32; 2] = [1, 13];

impl SiteProblem {
    /// Reads it. The words are those of Ceph's `src/tools/rbd`, `src/auth`, `src/mon/MonClient.cc` and `librados`, and of
    /// `sudo` and the container tools that may stand before them.
    #[must_use]
    pub fn of(exit_code: i32, stderr: &str) -> SiteProblem {
        let says = |words: &str| stderr.contains(words);
        let any = |words: &[&str]| words.iter().any(|words| says(words));
        // What never reached Ceph is judged first: its words are not Ceph's.
        if any(&[
            "a password is required",
            "is not in the sudoers file",
            "is not allowed to execute",
        ]) || (says("permission denied") && any(&["docker daemon", "Docker daemon", "docker API", "podman.sock"]))
            || (exit_code == 126 && says("ermission denied"))
        {
            return SiteProblem::ShellRefused;
        }
        if exit_code == 127 {
            return SiteProblem::CommandNotFound;
        }
        if any(&["failed to load", "error reading", "failed to decode", "error parsing"]) && says("keyring") {
            return SiteProblem::KeyringUnreadable;
        }
        // A client without a keyring goes on without cephx (`only support [1]`), which the cluster refuses in words that
        // alone would speak of a wrong key.
        let without_key = any(&[
            "unable to find a keyring",
            "no keyring found",
            "cannot find keyring",
            "missing keyring",
            "disabling cephx",
        ]);
        let with_cephx = says("only support [2") || says("bad auth");
        if without_key && !with_cephx && !says("Operation not permitted") {
            return SiteProblem::KeyringAbsent;
        }
        if any(&[
            "handle_auth_bad_method",
            "bad auth",
            "RADOS permission denied",
            "error getting secret",
        ]) || (any(&["couldn't connect to the cluster", "error connecting to the cluster"])
            && (any(&["ermission denied", "Operation not permitted", "PermissionError"]) || exit_code == 13))
        {
            return SiteProblem::LoginRefused;
        }
        if says("error opening pool") && says("(2) No such file or directory") || says("error opening default pool") {
            return SiteProblem::NoSuchPool;
        }
        if says("mirroring not enabled on the pool") {
            return SiteProblem::PoolNotMirrored;
        }
        if any(&[
            "error calling conf_read_file",
            "unable to get monitor info from DNS SRV",
            "no monitors specified",
        ]) {
            return SiteProblem::NoConfiguration;
        }
        if any(&[
            "Connection timed out",
            "RADOS timed out",
            "authenticate timed out",
            "Connection refused",
            "No route to host",
            "Network is unreachable",
        ]) {
            return SiteProblem::ClusterUnreachable;
        }
        if any(&[
            "Operation not permitted",
            "access denied",
            "EACCES",
            "EPERM",
            "ermission denied",
        ]) {
            return SiteProblem::PermissionDenied;
        }
        if any(&[
            "couldn't connect to the cluster",
            "error connecting to the cluster",
            "unable to get monitor info",
        ]) {
            return SiteProblem::ClusterUnreachable;
        }
        SiteProblem::Other
    }

    /// Whether the cluster itself said no, to who asked or to what was asked.
    #[must_use]
    pub const fn is_refusal(self) -> bool {
        matches!(self, SiteProblem::PermissionDenied | SiteProblem::LoginRefused)
    }

    /// What it means, after `SITE cannot DO THIS: `.
    pub(super) fn words(self, exit_code: i32) -> String {
        match self {
            SiteProblem::ClusterUnreachable => "its cluster does not answer".to_owned(),
            SiteProblem::PermissionDenied => "the cephx user may not do that".to_owned(),
            SiteProblem::LoginRefused => "the cluster does not let the cephx user in".to_owned(),
            SiteProblem::KeyringAbsent => "the shell has no keyring of the cephx user".to_owned(),
            SiteProblem::KeyringUnreadable => "the keyring of the cephx user cannot be read".to_owned(),
            SiteProblem::NoConfiguration => "the shell has no configuration of the cluster".to_owned(),
            SiteProblem::ShellRefused => "the shell may not run it".to_owned(),
            SiteProblem::NoSuchPool => "it has no such pool".to_owned(),
            SiteProblem::PoolNotMirrored => "the pool is not mirrored".to_owned(),
            SiteProblem::CommandNotFound => "its shell lacks the command".to_owned(),
            SiteProblem::Other if REFUSALS.contains(&exit_code) => format!(
                "the command failed with exit status {exit_code}, which for Ceph's tools means that it was refused"
            ),
            SiteProblem::Other => format!("the command failed with exit status {exit_code}"),
        }
    }

    /// What to do about it.
    pub(super) const fn help(self) -> &'static str {
        match self {
            SiteProblem::ClusterUnreachable => {
                "ask `ceph -s` at the site; check the cluster in the target's rbd-arguments"
            }
            SiteProblem::PermissionDenied => {
                "check `--id` in the target's rbd-arguments, and its caps: `profile rbd` on monitors and pool; caps that Ceph \
                 cannot read allow nothing at all"
            }
            SiteProblem::LoginRefused => {
                "compare the key in the keyring with `ceph auth get` at the cluster; a cluster may also refuse keys of an old kind \
                 (`ceph health detail`)"
            }
            SiteProblem::KeyringAbsent => {
                "check `--id` and `--cluster` in the target's rbd-arguments, and that /etc/ceph/CLUSTER.client.USER.keyring is in \
                 the site's shell"
            }
            SiteProblem::KeyringUnreadable => "check the keyring's owner, mode and content in the site's shell",
            SiteProblem::NoConfiguration => {
                "check `--cluster` in the target's rbd-arguments: /etc/ceph/CLUSTER.conf must be in the site's shell"
            }
            SiteProblem::ShellRefused => {
                "let the shell's user run it, or set the site's `prefix` in the target, for example `prefix: sudo -n`"
            }
            SiteProblem::NoSuchPool => "check the target's pool, and the cluster in its rbd-arguments",
            SiteProblem::PoolNotMirrored => {
                "`cinder-drill preflight` says what is missing, `cinder-drill enable` does it"
            }
            SiteProblem::CommandNotFound => {
                "install ceph-common at the site, or set the site's `prefix` in the target, for example \
                 `prefix: cephadm shell --`"
            }
            SiteProblem::Other => "run the command by hand in the site's shell",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_read_by_what_it_says() {
        use SiteProblem as It;
        let no_keyring = "2026 7f -1 auth: unable to find a keyring on /etc/ceph/ceph.client.c.keyring: (2) No such file or \
                          directory\n";
        for (exit_code, stderr, problem) in [
            // Case 2a and 2b.
            (
                1,
                "rbd: listing images failed: (1) Operation not permitted\n",
                It::PermissionDenied,
            ),
            (
                13,
                "monclient(hunting): handle_auth_bad_method server allowed_methods [2] but i only support [2]\nrbd: couldn't \
                 connect to the cluster!\nrbd: listing images failed: (13) Permission denied\n",
                It::LoginRefused,
            ),
            (
                1,
                "[errno 13] RADOS permission denied (error connecting to the cluster)\n",
                It::LoginRefused,
            ),
            (13, "Error EACCES: access denied\n", It::PermissionDenied),
            (
                1,
                "[errno 1] error connecting to the cluster\nOperation not permitted\n",
                It::LoginRefused,
            ),
            // Without a keyring the client speaks of a bad method, too.
            (2, no_keyring, It::KeyringAbsent),
            (
                1,
                "auth: unable to find a keyring on /etc/ceph/k: (2) No such file or directory\nAuthRegistry(0x7f) no keyring found \
                 at /etc/ceph/k, disabling cephx\nmonclient(hunting): handle_auth_bad_method server allowed_methods [2] but i \
                 only support [1]\n[errno 13] RADOS permission denied (error connecting to the cluster)\n",
                It::KeyringAbsent,
            ),
            // Noise of a keyring that is not needed does not hide a refusal.
            (
                1,
                "auth: unable to find a keyring on /etc/ceph/k: (2) No such file or directory\nrbd: listing images failed: (1) \
                 Operation not permitted\n",
                It::PermissionDenied,
            ),
            (
                5,
                "auth: failed to load /etc/ceph/ceph.client.c.keyring: (5) Input/output error\n",
                It::KeyringUnreadable,
            ),
            (
                1,
                "did not load config file, using default settings.\nunable to get monitor info from DNS SRV with service name: \
                 ceph-mon\n[errno 2] RADOS object not found (error connecting to the cluster)\n",
                It::NoConfiguration,
            ),
            (1, "sudo: a password is required\n", It::ShellRefused),
            (126, "sh: 1: /usr/bin/rbd: Permission denied\n", It::ShellRefused),
            (
                1,
                "permission denied while trying to connect to the Docker daemon socket\n",
                It::ShellRefused,
            ),
            (127, "sh: 1: rbd: not found\n", It::CommandNotFound),
            (
                2,
                "rbd: error opening pool 'volumes': (2) No such file or directory\n",
                It::NoSuchPool,
            ),
            (22, "rbd: mirroring not enabled on the pool\n", It::PoolNotMirrored),
            (1, "rbd: couldn't connect to the cluster!\n", It::ClusterUnreachable),
            (
                110,
                "monclient(hunting): authenticate timed out after 300\n",
                It::ClusterUnreachable,
            ),
            (22, "rbd: something else\n", It::Other),
            (13, "", It::Other),
        ] {
            assert_eq!(SiteProblem::of(exit_code, stderr), problem, "{exit_code}: {stderr}");
        }
        assert!(It::Other.words(13).contains("refused"), "{}", It::Other.words(13));
    }
}
