//! The cinder-volume log, wherever people have it: what journald, container runtimes and Kubernetes keep, played by programs that
//! print the log of the embedded cloud.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::{Served, code, program, repository, served, text};

mod common;

/// A cloud whose log is also a file, in any form.
struct Logging {
    cloud: Served,
    stop: Arc<AtomicBool>,
    writer: Option<std::thread::JoinHandle<()>>,
}

impl Logging {
    /// `form` makes a line of the file of a line of the log.
    fn start(seed: u64, form: fn(&str) -> String) -> Logging {
        let cloud = Served::start(2, served(seed, 0.2, &[]));
        let file = cloud.folder().join("log");
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, handle) = (stop.clone(), cloud.cloud().log_reader());
        let writer = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let lines: String = handle().lines().map(|line| form(line) + "\n").collect();
                let next = file.with_extension("next");
                if std::fs::write(&next, lines)
                    .and_then(|()| std::fs::rename(&next, &file))
                    .is_err()
                {
                    return;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Logging {
            cloud,
            stop,
            writer: Some(writer),
        }
    }

    /// A log that is written on, and rotated again and again, so that no line stays where it was for long.
    fn start_rotating(seed: u64) -> Logging {
        let cloud = Served::start(2, served(seed, 0.2, &[]));
        let file = cloud.folder().join("log");
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, handle) = (stop.clone(), cloud.cloud().log_reader());
        let writer = std::thread::spawn(move || {
            let (mut written, mut rounds) = (0, 0);
            while !stopped.load(Ordering::Relaxed) {
                let text = handle();
                let new: String = text.lines().skip(written).map(|line| format!("{line}\n")).collect();
                written = text.lines().count();
                let log = std::fs::OpenOptions::new().create(true).append(true).open(&file);
                if log.and_then(|mut log| log.write_all(new.as_bytes())).is_err() {
                    return;
                }
                rounds += 1;
                if rounds % 10 == 0 {
                    rotate(&file);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Logging {
            cloud,
            stop,
            writer: Some(writer),
        }
    }

    /// A program that comes first on the search path.
    fn program(&self, name: &str, body: &str) {
        let folder = self.cloud.folder().join("bin");
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(name);
        std::fs::write(
            &file,
            format!("#!/bin/sh\ncd {} || exit 9\n{body}\n", self.cloud.folder().display()),
        )
        .expect("written");
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("executable");
    }

    /// A command on a target with these logs.
    fn with(&self, logs: &str, arguments: &[&str]) -> (i32, String) {
        self.cloud.write_target(|text| {
            let (before, rest) = text.split_once("volume-log:\n").expect("a log");
            let after = rest.split_once("\n\n").map_or("", |(_, after)| after);
            format!("{before}volume-log:\n{logs}\n\n{after}")
        });
        let target = self.cloud.target().display().to_string();
        let path = format!(
            "{}:{}",
            self.cloud.folder().join("bin").display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut command = program(self.cloud.folder());
        command
            .env("PATH", path)
            .env("INSTA_UPDATE", "no")
            .args(arguments)
            .args(["--target", &target]);
        let output = command.output().expect("the program starts");
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        // Preflight wraps its lines.
        let said: Vec<&str> = said.split_whitespace().collect();
        (code(&output), said.join(" "))
    }

    /// Preflight finds the log good, and a drill finds each line in it.
    fn is_good(&self, logs: &str) {
        let (exit, said) = self.with(logs, &["preflight"]);
        assert_eq!(exit, 0, "{logs}\n{said}");
        assert!(said.contains("can be read, and is at debug level"), "{logs}\n{said}");
        let flow = repository().join("scenarios/bfv-failover.yaml").display().to_string();
        let (exit, said) = self.with(logs, &["run", &flow]);
        assert_eq!(exit, 0, "{logs}\n{said}");
        assert_eq!(
            said.matches("API and log agree on 14 fields").count(),
            2,
            "{logs}\n{said}"
        );
    }
}

impl Drop for Logging {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = self.writer.take().map(std::thread::JoinHandle::join);
    }
}

fn plain(line: &str) -> String {
    line.to_owned()
}

/// As devstack's journal has it.
fn coloured(line: &str) -> String {
    let coloured = line.replace(" DEBUG ", " \u{1b}[00;32mDEBUG\u{1b}[00m ");
    format!("{}\u{1b}[00m", coloured.replace(" [", " \u{1b}[00;36m["))
}

/// As oslo.log's JSON formatter has it.
fn json(line: &str) -> String {
    let level = ["DEBUG", "INFO", "WARNING", "ERROR"]
        .into_iter()
        .find(|level| line.contains(&format!(" {level} ")));
    serde_json::json!({ "message": line.split_once("] ").map_or(line, |(_, message)| message), "levelname": level, "name": "cinder" }).to_string()
}

/// As docker's `json-file` has it on the disk.
fn docker(line: &str) -> String {
    serde_json::json!({ "log": format!("{line}\n"), "stream": "stderr", "time": "2026-11-29T13:07:18.000000000Z" })
        .to_string()
}

/// As Kubernetes has it on the disk.
fn cri(line: &str) -> String {
    format!("2026-11-29T13:07:18.000000000Z stderr F {line}")
}

/// As rsyslog forwards it, whose lines have the time and the level of syslog.
fn syslog(line: &str) -> String {
    let message = line.split_once("cinder.").map_or(line, |(_, message)| message);
    let severity = if line.contains(" DEBUG ") { 7 } else { 6 };
    format!(
        "<{}>Nov 29 13:07:18 ctl1 cinder-volume[1]: cinder.{message}",
        8 + severity
    )
}

/// As `journalctl --output json` has it.
fn journald(line: &str) -> String {
    serde_json::json!({ "PRIORITY": "6", "_SYSTEMD_UNIT": "cinder-volume.service", "MESSAGE": line }).to_string()
}

/// Rotates as logrotate does with `delaycompress` and `notifempty`.
fn rotate(log: &Path) {
    if std::fs::metadata(log).is_ok_and(|log| log.len() == 0) {
        return;
    }
    let at = |number: u32, suffix: &str| log.with_file_name(format!("log.{number}{suffix}"));
    for number in (2..60).rev() {
        // Most of them are not there.
        let _ = std::fs::rename(at(number, ".gz"), at(number + 1, ".gz"));
    }
    if std::fs::rename(at(1, ""), at(2, "")).is_ok() {
        let _ = std::process::Command::new("gzip").arg("-f").arg(at(2, "")).status();
    }
    let _ = std::fs::rename(log, at(1, "")).and_then(|()| std::fs::write(log, ""));
}

const LOCAL: &str = "    shell: { local: {} }\n";

#[test]
fn a_container_is_read_as_its_runtime_shows_it_behind_a_prefix() {
    let logging = Logging::start(11, plain);
    // A runtime shows what the container wrote to its standard error on its own.
    logging.program(
        "podman",
        "[ \"$*\" = \"logs --since ${3:-} cinder_volume\" ] || [ \"$2\" = --tail ] || exit 125; cat log >&2",
    );
    logging.program("as-root", "PATH=\"$PATH\" exec \"$@\"");
    logging.is_good(&format!(
        "  - container: {{ engine: podman, name: cinder_volume }}\n{LOCAL}    prefix: as-root"
    ));
}

#[test]
fn the_journal_is_read_with_its_colours() {
    let logging = Logging::start(12, coloured);
    // In JSON, what holds a colour is a list of bytes.
    let to_json = "exec python3 -c 'import json\nfor line in open(\"log\", \"rb\"):\n  print(json.dumps({\"PRIORITY\": \"6\", \"MESSAGE\": list(line.rstrip(b\"\\n\"))}))'";
    logging.program(
        "journalctl",
        &format!("case \"$*\" in *'--unit devstack@c-vol'*) ;; *) echo 'no such unit' >&2; exit 1;; esac\ncase \"$*\" in *'output json'*) {to_json};; *) cat log;; esac"),
    );
    logging.is_good(&format!("  - journal: {{ unit: devstack@c-vol }}\n{LOCAL}"));
}

#[test]
fn pods_and_commands_are_read_and_one_of_several_logs_is_enough() {
    let logging = Logging::start(13, json);
    logging.program("oc", "case \"$*\" in *'--namespace openstack logs --selector component=cinder-volume --container cinder-volume'*) cat log;; *) exit 1;; esac");
    let pod = format!(
        "  - pod: {{ namespace: openstack, selector: component=cinder-volume, container: cinder-volume, client: oc }}\n{LOCAL}"
    );
    // The other controller serves nothing, but its log is at debug level.
    let folder = logging.cloud.folder().to_owned();
    std::fs::write(
        folder.join("quiet"),
        "2026-11-29 00:00:00.000 1 DEBUG cinder [-] quiet\n",
    )
    .expect("written");
    let quiet = format!("  - command: cat {}/quiet\n{LOCAL}", folder.display());
    logging.is_good(&format!("{quiet}{pod}"));
}

#[test]
fn files_are_read_in_the_forms_that_runtimes_and_syslog_leave() {
    for (seed, form) in [docker, cri, syslog, journald, coloured].into_iter().enumerate() {
        let logging = Logging::start(20 + seed as u64, form);
        let log = logging.cloud.folder().join("log").display().to_string();
        logging.is_good(&format!("  - path: {log}\n{LOCAL}"));
    }
}

#[test]
fn a_log_that_is_rotated_on_and_on_loses_no_line() {
    let logging = Logging::start_rotating(15);
    let log = logging.cloud.folder().join("log").display().to_string();
    logging.is_good(&format!("  - path: {log}\n{LOCAL}"));
    assert!(Path::new(&format!("{log}.2.gz")).exists());
}

#[test]
fn what_cannot_be_read_is_said_before_a_drill_and_in_it() {
    let logging = Logging::start(14, plain);
    logging.program("docker", "echo 'Error: No such container: cinder_volume' >&2; exit 1");
    let missing = format!("  - container: {{ engine: docker, name: cinder_volume }}\n{LOCAL}");
    let (exit, said) = logging.with(&missing, &["preflight", "--quiet"]);
    assert_eq!(exit, 1, "{said}");
    assert!(
        said.contains("cannot be read: Error: No such container: cinder_volume"),
        "{said}"
    );
    let flow = repository().join("scenarios/bfv-failover.yaml").display().to_string();
    let (exit, said) = logging.with(&missing, &["run", &flow]);
    assert_eq!(exit, 3, "{said}");
    assert!(
        said.contains("the log of container cinder_volume cannot be read: Error: No such container: cinder_volume")
            && said.contains("nothing was created"),
        "{said}"
    );
    // A log that lies, in that it has another attachment's line only, is no witness against the cloud either.
    let stale = format!("  - command: grep -v 'Connection info' log; true\n{LOCAL}");
    let (exit, said) = logging.with(&stale, &["run", &flow]);
    assert_eq!(exit, 3, "{said}");
    assert!(said.contains("no connection info among"), "{said}");
    assert!(Path::new(&logging.cloud.folder().join("log")).exists());
}
