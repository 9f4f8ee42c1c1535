//! Asks the machines beside the storage: the log, the compute hosts, and everybody's clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::{Asked, Clock, ComputeFacts, LogTail, NovaSetting, Unasked};
use super::turns::Turns;
use super::within::{open, patience};
use crate::connection::{CONNECTION_LINE, LogLevel, log_records, unwrap_log_line};
use crate::names::SiteName;
use crate::session::{Reading, VolumeLogPlace};
use crate::shell::{Command, Output, Shell, behind, quote};
use crate::targets::{self, LogSource, Target};

/// How much of the log's end is looked at, in bytes.
const TAIL: usize = 65536;
/// The end of each cinder-volume log, by its path, in the target's order.
pub(super) async fn logs(target: &Target, turns: &Turns) -> Vec<(String, Asked<LogTail>)> {
    let shared = Arc::new(target.clone());
    let log = |log: &targets::VolumeLog| {
        let (target, log) = (shared.clone(), log.clone());
        async move { (log.source.to_string(), end_of(&target, &log).await) }
    };
    turns.all(&target.volume_logs, log).await
}

async fn end_of(target: &Target, log: &targets::VolumeLog) -> Asked<LogTail> {
    let shell = open(target, "the shell with the cinder-volume log", &log.shell).await?;
    let place = VolumeLogPlace {
        source: log.source.clone(),
        prefix: log.prefix.clone(),
        shell,
    };
    let output = place.print(None, Reading::End(TAIL), patience(target)).await?;
    let text = output.stdout_text();
    if let Some(said) = unread(&text, &output) {
        return Err(Unasked {
            why: super::super::Why::Other,
            reason: match &log.source {
                LogSource::Path(path) => format!("the log {path} cannot be read: {said}"),
                other => format!("{other} cannot be read: {said}"),
            },
            help: None,
        });
    }
    Ok(tail_of(&text))
}

/// What was said of a log that could not be read; none if it could.
fn unread(text: &str, output: &Output) -> Option<String> {
    let code = crate::session::unread(text);
    let code = code.or_else(|| Some(output.exit_code).filter(|code| *code != 0))?;
    let said = output.stderr_text();
    // A container's runtime speaks on the standard output, among the lines of the log.
    let mut words = said.lines().chain(text.lines().rev().skip(1));
    let words = words.find(|line| !line.trim().is_empty()).map(str::trim);
    Some(words.map_or_else(
        || format!("it ended with {code}"),
        |words| words.chars().take(300).collect(),
    ))
}

/// Counts lines by the same reading by which a run finds connection info among them.
pub(in crate::preflight) fn tail_of(text: &str) -> LogTail {
    let mut tail = LogTail {
        lines: 0,
        debug_lines: 0,
        lines_with_level: 0,
    };
    for record in log_records(text) {
        let line = unwrap_log_line(&record.text);
        tail.lines += 1;
        tail.lines_with_level += usize::from(line.level.is_some());
        // The line that matters is logged at DEBUG only, whether its form shows it or not.
        let is_debug = line.level == Some(LogLevel::Debug) || line.message.contains(CONNECTION_LINE);
        tail.debug_lines += usize::from(is_debug);
    }
    tail
}

/// What the compute hosts say.
pub(in crate::preflight) async fn compute(target: &Target, turns: &Turns) -> BTreeMap<String, ComputeFacts> {
    let shared = Arc::new(target.clone());
    let host = |(name, access): (&String, &targets::Shell)| {
        let (target, name, access) = (shared.clone(), name.clone(), access.clone());
        async move {
            let facts = compute_host(&target, &name, &access).await;
            (name, facts)
        }
    };
    turns.all(&target.compute_shells, host).await.into_iter().collect()
}

async fn compute_host(target: &Target, name: &str, access: &targets::Shell) -> ComputeFacts {
    let shell = match open(target, &format!("the shell of compute host {name}"), access).await {
        Ok(shell) => shell,
        Err(unasked) => {
            return ComputeFacts {
                secrets: Err(unasked.clone()),
                shelved_offload_time: Err(unasked),
            };
        }
    };
    ComputeFacts {
        secrets: secrets(&shell, target).await,
        shelved_offload_time: shelved_offload_time(&shell, target).await,
    }
}

async fn secrets(shell: &Shell, target: &Target) -> Asked<Vec<String>> {
    let command = format!("{} secret-list", target.compute_tools.virsh);
    let output = run(shell, behind(&target.compute_tools.prefix, &command), target).await?;
    if !output.success() {
        return Err(with_help(
            refused(&format!("`{command}`"), &output),
            "set compute-tools.virsh in the target to how virsh is called there, such as `podman exec libvirt_virtqemud virsh`",
        ));
    }
    let text = output.stdout_text();
    let first_words = text.lines().filter_map(|line| line.split_whitespace().next());
    // An id has 36 characters, which the header and the rule below it do not begin with.
    let ids = first_words.filter(|word| word.len() == 36 && word.matches('-').count() == 4);
    Ok(ids.map(str::to_owned).collect())
}

/// What stands before the name of a file that was read, and of one that could not be, in what is printed.
const READ: &str = "cinder-drill-read ";
const UNREADABLE: &str = "cinder-drill-unreadable ";

/// Reads the setting where oslo.config does: nova.conf, then nova.conf.d in the order of names, likewise for nova-compute.
async fn shelved_offload_time(shell: &Shell, target: &Target) -> Asked<NovaSetting> {
    let folder = &target.compute_tools.nova_conf;
    let place = quote(folder);
    // Only these lines: the files hold passwords.
    let command = format!(
        "for f in {place}/nova.conf {place}/nova-compute.conf {place}/nova.conf.d/*.conf {place}/nova-compute.conf.d/*.conf; do \
         if [ -r \"$f\" ]; then echo \"{READ}$f\"; grep -E '^[[:space:]]*(\\[|shelved_offload_time)' \"$f\"; elif [ -e \"$f\" ]; \
         then echo \"{UNREADABLE}$f\"; fi; done; true"
    );
    let output = run(shell, behind(&target.compute_tools.prefix, &command), target).await?;
    if !output.success() {
        return Err(refused(&format!("Nova's configuration in {folder}"), &output));
    }
    nova_setting(&output.stdout_text()).map_err(|reason| {
        with_help(
            Unasked {
                why: super::super::Why::Other,
                reason: reason.replace("FOLDER", folder),
                help: None,
            },
            "set compute-tools.nova-conf in the target to the folder of Nova's configuration on the compute host, such as \
             /var/lib/openstack/config/nova or /etc/kolla/nova-compute",
        )
    })
}

/// The setting in section DEFAULT of the files that were read, the last one counting; or why it is not known.
fn nova_setting(printed: &str) -> Result<NovaSetting, String> {
    let mut file = None;
    let mut section = String::new();
    let mut found: Option<(&str, &str)> = None;
    for line in printed.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix(UNREADABLE) {
            return Err(format!("{name} may not be read"));
        }
        if let Some(name) = line.strip_prefix(READ) {
            file = Some(name);
            section.clear();
        } else if let Some(name) = line.strip_prefix('[') {
            name.split(']').next().unwrap_or_default().clone_into(&mut section);
        } else if section == "DEFAULT"
            && let Some(rest) = line.strip_prefix("shelved_offload_time")
            && let Some(value) = rest.trim_start().strip_prefix(['=', ':'])
        {
            found = Some((file.unwrap_or_default(), value.trim()));
        }
    }
    if file.is_none() {
        return Err("there is no nova.conf and no nova.conf.d in FOLDER".to_owned());
    }
    match found {
        None => Ok(NovaSetting::Default),
        Some((file, value)) => match value.parse() {
            Ok(seconds) => Ok(NovaSetting::Set {
                seconds,
                file: file.to_owned(),
            }),
            Err(_) => Err(format!(
                "shelved_offload_time = {value} in {file} is not understood: check yourself"
            )),
        },
    }
}

fn with_help(unasked: Unasked, help: &str) -> Unasked {
    Unasked {
        help: Some(help.to_owned()),
        ..unasked
    }
}

/// How far the machines' clocks are from this machine's.
pub(super) async fn clocks(target: &Target, turns: &Turns) -> Vec<Clock> {
    let mut machines: Vec<(String, targets::Shell)> = Vec::new();
    for name in SiteName::ALL {
        if let Some((site, access)) = target
            .sites
            .get(name)
            .and_then(|site| Some((site, site.shell.clone()?)))
        {
            machines.push((site.name.clone(), access));
        }
    }
    for log in &target.volume_logs {
        machines.push(("the controller".to_owned(), log.shell.clone()));
    }
    for (name, access) in &target.compute_shells {
        machines.push((format!("compute host {name}"), access.clone()));
    }
    let shared = Arc::new(target.clone());
    let clock = |(machine, access): (String, targets::Shell)| {
        let target = shared.clone();
        async move {
            let ahead = clock(&target, &machine, &access).await;
            Clock { machine, ahead }
        }
    };
    turns.all(machines, clock).await
}

async fn clock(target: &Target, machine: &str, access: &targets::Shell) -> Asked<(f64, Duration)> {
    let shell = open(target, &format!("the shell of {machine}"), access).await?;
    let before = now();
    let output = run(&shell, "date +%s.%N".to_owned(), target).await?;
    let after = now();
    let text = output.stdout_text();
    let Some(there) = read_clock(text.trim()) else {
        return Err(refused(&format!("`date` on {machine}"), &output));
    };
    let uncertainty = after.saturating_sub(before);
    let middle = before + uncertainty / 2;
    Ok((there - middle.as_secs_f64(), uncertainty / 2))
}

/// `1764000000.123456789`; a `date` without nanoseconds (BusyBox) leaves `%N` or `N` behind the point.
fn read_clock(text: &str) -> Option<f64> {
    text.parse().ok().or_else(|| text.split('.').next()?.parse().ok())
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

async fn run(shell: &Shell, command: String, target: &Target) -> Asked<Output> {
    Ok(shell.run(Command::new(command).timeout(patience(target))).await?)
}

fn refused(what: &str, output: &Output) -> Unasked {
    let said = output.stderr_text();
    let said = said.lines().next().unwrap_or("it said nothing");
    Unasked {
        why: super::super::Why::Other,
        reason: format!("{what} cannot be read: {said}"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_setting_of_section_default_counts_and_none_is_no_default_unless_files_were_read() {
        let set = |seconds, file: &str| {
            Ok(NovaSetting::Set {
                seconds,
                file: file.to_owned(),
            })
        };
        let plain = format!("{READ}/etc/nova/nova.conf\n[DEFAULT]\n");
        assert_eq!(nova_setting(&plain), Ok(NovaSetting::Default));
        let both = format!(
            "{plain}shelved_offload_time = 0\n[libvirt]\nshelved_offload_time = 7\n{READ}/etc/nova/nova.conf.d/25.conf\n[DEFAULT]\n\
             shelved_offload_time=3600\n"
        );
        assert_eq!(nova_setting(&both), set(3600, "/etc/nova/nova.conf.d/25.conf"));
        assert!(nova_setting("").is_err_and(|reason| reason.contains("there is no nova.conf")));
        let locked = format!("{plain}{UNREADABLE}/etc/nova/nova.conf.d/99.conf\n");
        assert!(nova_setting(&locked).is_err_and(|reason| reason.contains("may not be read")));
        let odd = format!("{plain}shelved_offload_time = $other\n");
        assert!(nova_setting(&odd).is_err_and(|reason| reason.contains("not understood")));
    }

    #[tokio::test]
    async fn compute_hosts_are_asked_behind_the_prefix() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let prefix = path("prefix");
        std::fs::write(
            &prefix,
            "#!/bin/sh\necho \"$*\" >> \"$0.calls\"\nBEHIND=yes exec \"$@\"\n",
        )
        .expect("written");
        std::fs::set_permissions(&prefix, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        std::fs::write(path("nova.conf"), "[DEFAULT]\nshelved_offload_time = 7\n").expect("written");
        let virsh = "test \"$BEHIND\" = yes && echo 5c7a5b0e-6f0f-4d7e-9a51-3b1c1c1f0a01";
        let mut sources = crate::diagnostic::SourceMap::default();
        let example = std::path::Path::new("fixtures/targets/example.yaml");
        let target = Target::load(example, &targets::Variables::of_process(), &mut sources).expect("the example");
        let target = Target {
            compute_tools: targets::ComputeTools {
                virsh: format!("{virsh} #"),
                nova_conf: folder.path().display().to_string(),
                prefix: prefix.clone(),
            },
            ..target
        };
        let facts = compute_host(&target, "compute-1", &targets::Shell::Local).await;
        assert_eq!(
            facts.secrets.expect("an answer"),
            ["5c7a5b0e-6f0f-4d7e-9a51-3b1c1c1f0a01"]
        );
        let set = NovaSetting::Set {
            seconds: 7,
            file: path("nova.conf"),
        };
        assert_eq!(facts.shelved_offload_time.expect("an answer"), set);
        let calls = std::fs::read_to_string(path("prefix.calls")).expect("calls");
        assert_eq!(calls.matches("sh -c ").count(), 2, "{calls}");
    }

    #[test]
    fn a_log_is_counted_in_whatever_form_it_comes() {
        let text = "2026-11-29 1 INFO cinder [-] x\n\u{1b}[00;32mDEBUG cinder [-] y\n{\"levelname\": \"DEBUG\", \"message\": \"z\"}\n  tail\n";
        let tail = tail_of(text);
        assert_eq!((tail.lines, tail.debug_lines, tail.lines_with_level), (4, 2, 3));
        assert_eq!(tail_of("Connection info returned from driver {}\n").debug_lines, 1);
    }

    #[test]
    fn clocks_with_and_without_nanoseconds_are_read() {
        assert_eq!(read_clock("1764000000.5"), Some(1_764_000_000.5));
        assert_eq!(read_clock("1764000000.%N"), Some(1_764_000_000.0));
        assert_eq!(read_clock("1764000000.N"), Some(1_764_000_000.0));
        assert_eq!(read_clock("date: invalid"), None);
    }
}
