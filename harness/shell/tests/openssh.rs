//! Against OpenSSH: its configuration, its agent, its keys, and its server.

use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;

use secrecy::SecretString;
use tempfile::TempDir;

use super::server::Server;
use crate::shell::{Agent, Command, Keys, KnownHosts, Shell, ShellError, SshEntry, SshOptions, Trust, Via, passphrase};

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A key that `ssh-keygen` makes.
fn made(folder: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = folder.join(name);
    let done = Process::new("ssh-keygen")
        .args(["-q", "-f"])
        .arg(&path)
        .args(arguments)
        .status();
    assert!(done.unwrap().success(), "{arguments:?}");
    path
}

/// An agent that has some keys. It ends with this.
struct Agents {
    child: Child,
    socket: PathBuf,
}

impl Agents {
    fn start(folder: &Path, keys: &[&Path]) -> Agents {
        let socket = folder.join("agent");
        let child = Process::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let agent = Agents { child, socket };
        let began = std::time::Instant::now();
        while !agent.socket.exists() && began.elapsed().as_secs() < 10 {
            std::thread::sleep(Duration::from_millis(10));
        }
        for key in keys {
            let done = Process::new("ssh-add")
                .arg("-q")
                .arg(key)
                .env("SSH_AUTH_SOCK", &agent.socket)
                .status();
            assert!(done.unwrap().success(), "{}", key.display());
        }
        agent
    }

    fn which(&self) -> Agent {
        Agent::At(self.socket.clone())
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Requires that commands run.
async fn works(shell: &Shell) {
    let output = shell.run(Command::new("echo hello; (exit 3)")).await.unwrap();
    assert_eq!((output.stdout_text().as_str(), output.exit_code), ("hello\n", 3));
}

/// What a machine's `known_hosts` has of a server that shows one key.
async fn known(server: &Server, name: &str) -> String {
    let options = server.options();
    let shown = Process::new("ssh-keyscan")
        .args(["-p", &options.port.to_string(), &options.host])
        .stderr(Stdio::null())
        .output();
    let text = String::from_utf8(shown.unwrap().stdout).unwrap();
    let key = text
        .lines()
        .find_map(|line| line.split_once(' '))
        .expect("a host key")
        .1;
    format!("{name} {key}\n")
}

fn entry(config: &Path) -> SshEntry {
    SshEntry {
        name: "site-a".to_owned(),
        config: Some(config.to_owned()),
        trust: None,
        connect_timeout: Duration::from_secs(20),
        sessions: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_says_where_as_whom_with_what_and_whom_to_trust() {
    let server = Server::start().await;
    let options = server.options();
    let (port, key) = (options.port, options.keys.files[0].display().to_string());
    let hosts = server.file("hosts", &known(&server, "the-alias").await);
    let included = server.file("included", &format!("Match host 127.0.0.1\n  IdentityFile {key}\n"));
    let config = |more: &str| {
        let text = format!(
            "Host other\n  Port 1\nHost site-*\n  HostName 127.0.0.1\n  Port {port}\n  User root\n  IdentitiesOnly yes\n  IdentityAgent none\n  \
             UserKnownHostsFile {}\n  GlobalKnownHostsFile /dev/null\n{more}\nInclude {}\n",
            hosts.display(),
            included.display()
        );
        server.file("config", &text)
    };
    let shell = Shell::of_entry(entry(&config("  HostKeyAlias the-alias\n  StrictHostKeyChecking yes")));
    assert_eq!(shell.place(), "site-a");
    works(&shell).await;
    assert_eq!(shell.place(), format!("root@127.0.0.1:{port}"));
    assert!(shell.may_have_secrets());
    // Without the alias nobody knows the key. `no` takes it, and trusts it with no secret.
    let unknown = Shell::of_entry(entry(&config("  StrictHostKeyChecking ask")))
        .open()
        .await;
    assert!(
        matches!(unknown, Err(ShellError::HostKeyNotTrusted { .. })),
        "{unknown:?}"
    );
    let taken = Shell::of_entry(entry(&config("  StrictHostKeyChecking no")));
    works(&taken).await;
    assert!(!taken.may_have_secrets());
    // A changed key is refused even so.
    server.show_host_key(super::server::new_key());
    let changed = Shell::of_entry(entry(&config("  HostKeyAlias the-alias\n  StrictHostKeyChecking no")));
    let changed = changed.open().await;
    assert!(
        matches!(changed, Err(ShellError::HostKeyNotTrusted { .. })),
        "{changed:?}"
    );
    // The target's word counts more.
    let declared = SshEntry {
        trust: Some(Trust::AcceptNew),
        ..entry(&config("  StrictHostKeyChecking yes"))
    };
    works(&Shell::of_entry(declared)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_libssh2_cannot_follow_says_so() {
    let folder = folder();
    let config = folder.path().join("config");
    for (text, expected) in [
        (
            "Host *\n  CertificateFile /k-cert.pub\n",
            "CertificateFile /k-cert.pub, which libssh2 cannot do",
        ),
        ("Host *\n  BindAddress 127.0.0.1\n", "BindAddress 127.0.0.1"),
        ("Host *\n  ProxyCommand nc %h %p %j\n", "token that is not known here"),
        ("Host *\n  RemoteCommand ssh inner\n", "RemoteCommand ssh inner"),
        ("Host *\n  SetEnv WHERE=elsewhere\n", "SetEnv WHERE=elsewhere"),
        ("Host *\n  ProxyUseFdpass yes\n", "ProxyUseFdpass yes"),
        ("Host *\n  KnownHostsCommand /keys %H\n", "KnownHostsCommand /keys %H"),
        // A file that is passed over may be the one that knows another key.
        (
            "Host *\n  StrictHostKeyChecking no\n  UserKnownHostsFile \"/my hosts\"\n",
            "UserKnownHostsFile names hosts",
        ),
        ("Host *\n  IdentityFile /keys/%i\n", "IdentityFile names /keys/%i"),
        ("Host *\n  Port many\n", "ort"),
    ] {
        std::fs::write(&config, text).unwrap();
        let error = Shell::of_entry(entry(&config)).open().await.unwrap_err();
        let ShellError::EntryUnusable { cause, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(cause.contains(expected), "{cause}");
    }
    let missing = Shell::of_entry(entry(&folder.path().join("none")))
        .open()
        .await
        .unwrap_err();
    assert!(matches!(missing, ShellError::EntryUnusable { .. }), "{missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_has_the_key_or_its_passphrase() {
    let server = Server::start().await;
    let folder = folder();
    let key = folder.path().join("key");
    std::fs::copy(server.key(), &key).unwrap();
    // OpenSSH takes no key that others may read.
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let agent = Agents::start(folder.path(), &[&key]);
    let with = |keys: Keys| SshOptions {
        keys,
        ..server.options()
    };
    let of_agent = Keys {
        agent: agent.which(),
        ..Keys::none()
    };
    works(&Shell::connect_ssh(with(of_agent.clone())).await.unwrap()).await;
    // The same key with a passphrase, which only the agent knows.
    let locked = folder.path().join("locked");
    std::fs::copy(&key, &locked).unwrap();
    std::fs::set_permissions(&locked, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let mut lock = Process::new("ssh-keygen");
    lock.args(["-q", "-p", "-P", "", "-N", "secret", "-f"]).arg(&locked);
    assert!(lock.stdout(Stdio::null()).status().unwrap().success());
    let of_file = |agent: Agent| Keys {
        agent,
        ..Keys::file(&locked)
    };
    works(&Shell::connect_ssh(with(of_file(agent.which()))).await.unwrap()).await;
    let error = Shell::connect_ssh(with(of_file(Agent::None))).await.unwrap_err();
    let ShellError::KeyUnreadable { cause, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        cause,
        "it has a passphrase, CINDER_DRILL_PASSPHRASE is not set, and no SSH agent answers"
    );
    passphrase::know(&locked, SecretString::from("wrong"));
    let error = Shell::connect_ssh(with(of_file(Agent::None))).await.unwrap_err();
    let ShellError::KeyUnreadable { cause, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(cause.starts_with("its passphrase does not open it"), "{cause}");
    passphrase::know(&locked, SecretString::from("secret"));
    works(&Shell::connect_ssh(with(of_file(Agent::None))).await.unwrap()).await;
    // An entry may name the public half of a key that only the agent has.
    let public = folder.path().join("public");
    let derived = Process::new("ssh-keygen")
        .arg("-y")
        .arg("-f")
        .arg(&key)
        .output()
        .unwrap();
    std::fs::write(&public, derived.stdout).unwrap();
    let of_entry = |agent: Agent| Keys {
        agent,
        files: vec![folder.path().join("none"), public.clone()],
        only_these: true,
        must_be_there: false,
    };
    works(&Shell::connect_ssh(with(of_entry(agent.which()))).await.unwrap()).await;
    let error = Shell::connect_ssh(with(of_entry(Agent::None))).await.unwrap_err();
    assert!(
        matches!(&error, ShellError::AuthenticationRefused { keys, .. } if keys.is_empty()),
        "{error:?}"
    );
    // An agent without a key of use, and none at all.
    let other = made(folder.path(), "other", &["-t", "ed25519", "-N", "", "-C", "other key"]);
    drop(agent);
    std::fs::remove_file(folder.path().join("agent")).ok();
    let error = Shell::connect_ssh(with(of_agent.clone())).await.unwrap_err();
    assert!(
        error
            .details()
            .iter()
            .any(|(_, value)| value.contains("no SSH agent answers")),
        "{error:?}"
    );
    let _agent = Agents::start(folder.path(), &[&other]);
    let error = Shell::connect_ssh(with(of_agent)).await.unwrap_err();
    let ShellError::AuthenticationRefused { keys, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(keys, &["other key of the agent"]);
}

/// A program that is a connection, made of bash alone.
const TUNNEL: &str = "bash -c 'exec 3<>/dev/tcp/%h/%p 4<&0; cat <&4 >&3 & cat <&3; kill $!'";

#[tokio::test(flavor = "multi_thread")]
async fn a_program_makes_the_connection_and_says_why_it_does_not() {
    let server = Server::start().await;
    let by = |program: &str| SshOptions {
        via: Some(Via::Program(program.to_owned())),
        ..server.options()
    };
    let shell = Shell::connect_ssh(by(TUNNEL)).await.unwrap();
    works(&shell).await;
    // A connection that is cut is made anew.
    server.cut();
    works(&shell).await;
    let error = Shell::connect_ssh(by("echo 'no route to %h' >&2; exit 1;"))
        .await
        .unwrap_err();
    let ShellError::NoWay { cause, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(cause, "no route to 127.0.0.1");
    // One that takes all and says nothing.
    let silent = SshOptions {
        connect_timeout: Duration::from_millis(500),
        ..by("sleep 60")
    };
    let began = std::time::Instant::now();
    assert!(Shell::connect_ssh(silent).await.is_err());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_leads_to_a_shell_and_is_held_to_the_mark() {
    let by = |words: &str| Shell::by_program(words, Duration::from_secs(10));
    let shell = by("env WHO=me sh -c");
    let output = shell
        .run(Command::new("echo \"it's $WHO\"; cat; (exit 7)").stdin("in"))
        .await
        .unwrap();
    assert_eq!((output.stdout_text().as_str(), output.exit_code), ("it's me\nin", 7));
    assert_eq!(output.place, "env WHO=me sh -c");
    assert!(!shell.may_have_secrets());
    // What lies about the end of a command, or does not run it, is found out.
    for (words, is) in [
        ("echo ok #", "yntax error"),
        ("true", "nothing"),
        ("sh -c 'echo no route >&2; exit 255' x", "no route"),
        ("/nowhere/ssh", "not found"),
    ] {
        let error = by(words).run(Command::new("echo x")).await.unwrap_err();
        let ShellError::NoShell { cause, .. } = &error else {
            panic!("{words}: {error:?}")
        };
        assert!(cause.contains(is), "{words}: {cause}");
    }
    let error = by("sh -c 'sh -c \"$1\"; exit 0' x").run(Command::new("false")).await;
    assert!(matches!(error, Err(ShellError::ExitStatusesDiffer { .. })), "{error:?}");
    let cut = by("sh -c 'case $1 in *slow*) echo cut off >&2; exit 255;; esac; sh -c \"$1\"' x");
    let error = cut.run(Command::new("echo slow")).await;
    assert!(
        matches!(error, Err(ShellError::NoShell { command: Some(_), .. })),
        "{error:?}"
    );
}

/// OpenSSH's server on this machine, at a port of its own. It ends with this.
struct Sshd {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Sshd {
    /// `CINDER_DRILL_SSHD` names it where it is not installed.
    fn start() -> Sshd {
        let program = std::env::var("CINDER_DRILL_SSHD").unwrap_or_else(|_| "/usr/sbin/sshd".to_owned());
        let folder = folder();
        let at = |name: &str| folder.path().join(name).display().to_string();
        for kind in ["ed25519", "rsa", "ecdsa"] {
            made(folder.path(), &format!("host-{kind}"), &["-t", kind, "-N", ""]);
        }
        std::fs::write(at("authorized"), "").unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let text = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nHostKey {}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\n\
             StrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nAllowTcpForwarding yes\n",
            at("host-ed25519"),
            at("host-rsa"),
            at("host-ecdsa"),
            at("authorized")
        );
        std::fs::write(at("conf"), text).unwrap();
        let child = Process::new(program)
            .args(["-D", "-e", "-f", &at("conf")])
            .stderr(Stdio::from(std::fs::File::create(at("log")).unwrap()))
            .spawn()
            .expect("OpenSSH's server");
        let sshd = Sshd { child, port, folder };
        let began = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = std::fs::read_to_string(sshd.at("log")).unwrap_or_default();
            assert!(began.elapsed().as_secs() < 20, "sshd does not answer: {log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        sshd
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A key that it lets in.
    fn key(&self, name: &str, arguments: &[&str]) -> PathBuf {
        let key = made(self.folder.path(), name, arguments);
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let keys = std::fs::read_to_string(self.at("authorized")).unwrap();
        std::fs::write(self.at("authorized"), keys + &public).unwrap();
        key
    }

    fn options(&self, keys: Keys) -> SshOptions {
        SshOptions {
            connect_timeout: Duration::from_secs(20),
            ..SshOptions::new("127.0.0.1", self.port, &me(), keys)
        }
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn me() -> String {
    let output = Process::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs OpenSSH's server"]
async fn openssh_lets_every_kind_of_key_in() {
    let sshd = Sshd::start();
    for (name, arguments) in [
        ("ed25519", &["-t", "ed25519", "-N", ""][..]),
        ("rsa", &["-t", "rsa", "-b", "3072", "-N", ""]),
        ("rsa-pem", &["-t", "rsa", "-b", "3072", "-m", "PEM", "-N", ""]),
        ("ecdsa", &["-t", "ecdsa", "-b", "256", "-N", ""]),
        ("ecdsa-521", &["-t", "ecdsa", "-b", "521", "-N", ""]),
        ("locked-ed25519", &["-t", "ed25519", "-N", "secret"]),
        ("locked-rsa", &["-t", "rsa", "-b", "3072", "-N", "secret"]),
        (
            "locked-rsa-pem",
            &["-t", "rsa", "-b", "3072", "-m", "PEM", "-N", "secret"],
        ),
        ("locked-ecdsa", &["-t", "ecdsa", "-N", "secret"]),
    ] {
        let key = sshd.key(name, arguments);
        passphrase::know(&key, SecretString::from("secret"));
        let options = sshd.options(Keys {
            agent: Agent::None,
            ..Keys::file(&key)
        });
        let shell = Shell::connect_ssh(options).await;
        works(&shell.unwrap_or_else(|error| panic!("{name}: {error:?}"))).await;
    }
    // The agent signs with RSA and SHA-2, too.
    let (rsa, ed25519) = (sshd.at("rsa"), sshd.at("ed25519"));
    for key in [&rsa, &ed25519] {
        std::fs::remove_file(sshd.at("agent")).ok();
        let agent = Agents::start(sshd.folder.path(), &[key]);
        let keys = Keys {
            agent: agent.which(),
            ..Keys::none()
        };
        works(&Shell::connect_ssh(sshd.options(keys)).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs OpenSSH's server"]
async fn openssh_leads_through_jump_hosts_and_programs() {
    let (target, bastion) = (Sshd::start(), Sshd::start());
    let key = target.key("key", &["-t", "ed25519", "-N", ""]);
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    std::fs::write(bastion.at("authorized"), public).unwrap();
    let scan = |port: u16| {
        let output = Process::new("ssh-keyscan")
            .args(["-p", &port.to_string(), "127.0.0.1"])
            .stderr(Stdio::null())
            .output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let hosts = target.at("hosts");
    std::fs::write(&hosts, scan(target.port) + &scan(bastion.port)).unwrap();
    let config = target.at("config");
    let (user, port, key_file) = (me(), target.port, key.display().to_string());
    let text = |jump: &str| {
        format!(
            "Host *\n  User {user}\n  IdentityFile {key_file}\n  IdentitiesOnly yes\n  UserKnownHostsFile {}\nHost bastion\n  HostName 127.0.0.1\n  \
             Port {}\nHost site-a\n  HostName 127.0.0.1\n  Port {port}\n  {jump}\n",
            hosts.display(),
            bastion.port
        )
    };
    std::fs::write(&config, text("ProxyJump bastion")).unwrap();
    let shell = Shell::of_entry(entry(&config));
    works(&shell).await;
    assert!(shell.may_have_secrets());
    let log = std::fs::read_to_string(bastion.at("log")).unwrap();
    assert!(
        log.contains("Accepted publickey"),
        "the connection did not lead through the jump host: {log}"
    );
    std::fs::write(
        &config,
        text(&format!("ProxyCommand ssh -F {} -W %h:%p bastion", config.display())),
    )
    .unwrap();
    works(&Shell::of_entry(entry(&config))).await;
    let jump = |hosts: &str| SshOptions {
        via: Some(Via::Jump {
            hosts: hosts.to_owned(),
            config: Some(config.clone()),
        }),
        trust: Trust::KnownHosts,
        known_hosts: KnownHosts {
            files: Some(vec![hosts_file(&target)]),
            alias: None,
        },
        ..target.options(Keys::file(&key))
    };
    works(&Shell::connect_ssh(jump("bastion")).await.unwrap()).await;
    works(&Shell::connect_ssh(jump("bastion,bastion")).await.unwrap()).await;
    works(
        &Shell::connect_ssh(jump(&format!("{user}@127.0.0.1:{}", bastion.port)))
            .await
            .unwrap(),
    )
    .await;
    // A jump host that is not there, and a machine that is not there behind it.
    let error = Shell::connect_ssh(jump("127.0.0.1:1")).await.unwrap_err();
    assert!(
        matches!(&error, ShellError::NoWay { cause, .. } if cause.contains("refused")),
        "{error:?}"
    );
    let nobody = SshOptions {
        port: 1,
        ..jump("bastion")
    };
    let error = Shell::connect_ssh(nobody).await.unwrap_err();
    assert!(
        matches!(&error, ShellError::NoWay { cause, .. } if cause.contains("refused")),
        "{error:?}"
    );
    // The user's own OpenSSH runs the commands, where all else fails.
    let own = format!("ssh -F {} -o BatchMode=yes site-a", config.display());
    works(&Shell::by_program(&own, Duration::from_secs(20))).await;
    let error = Shell::by_program(&own.replace("site-a", "-p 1 site-a"), Duration::from_secs(20))
        .open()
        .await;
    assert!(
        matches!(&error, Err(ShellError::NoShell { cause, .. }) if cause.contains("refused")),
        "{error:?}"
    );
}

fn hosts_file(sshd: &Sshd) -> PathBuf {
    sshd.at("hosts")
}
