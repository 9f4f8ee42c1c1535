//! Asks the machines beside the storage: the log, the compute hosts, and everybody's clock.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::super::{Asked, Clock, ComputeFacts, LogTail, NovaSetting, Unasked};
use super::within::{open, patience};
use crate::shell::{Command, Output, Shell, quote};
use crate::target::{self, SiteName, Target};

/// How much of the log's end is looked at, in bytes.
const TAIL: usize = 65536;
/// Where Nova's configuration is on a compute host.
const NOVA_CONF: &str = "/etc/nova/nova.conf";

/// The end of the cinder-volume log.
pub(super) async fn log(target: &Target) -> Asked<LogTail> {
    let Some(log) = target.volume_logs.first() else {
        return Err(Unasked::no_way(
            "the target names no volume-log",
            "add `volume-log: { path: /var/log/cinder/cinder-volume.log, shell: … }` to the target",
        ));
    };
    let shell = open(target, "the shell with the cinder-volume log", &log.shell).await?;
    let output = run(&shell, format!("tail -c {TAIL} {}", quote(&log.path)), target).await?;
    if !output.success() {
        return Err(refused(&format!("the log {}", log.path), &output));
    }
    let text = output.stdout_text();
    Ok(LogTail {
        lines: text.lines().count(),
        debug_lines: text.lines().filter(|line| line.contains(" DEBUG ")).count(),
    })
}

/// What the compute hosts say.
pub(super) async fn compute(target: &Target) -> BTreeMap<String, ComputeFacts> {
    let mut asked = tokio::task::JoinSet::new();
    for (name, access) in &target.compute_shells {
        let (target, name, access) = (target.clone(), name.clone(), access.clone());
        asked.spawn(async move {
            let facts = compute_host(&target, &name, &access).await;
            (name, facts)
        });
    }
    let mut hosts = BTreeMap::new();
    while let Some(joined) = asked.join_next().await {
        if let Ok((name, facts)) = joined {
            hosts.insert(name, facts);
        }
    }
    hosts
}

async fn compute_host(target: &Target, name: &str, access: &target::Shell) -> ComputeFacts {
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
    let output = run(shell, "virsh secret-list".to_owned(), target).await?;
    if !output.success() {
        return Err(refused("`virsh secret-list`", &output));
    }
    let text = output.stdout_text();
    let first_words = text.lines().filter_map(|line| line.split_whitespace().next());
    // An id has 36 characters, which the header and the rule below it do not begin with.
    let ids = first_words.filter(|word| word.len() == 36 && word.matches('-').count() == 4);
    Ok(ids.map(str::to_owned).collect())
}

async fn shelved_offload_time(shell: &Shell, target: &Target) -> Asked<NovaSetting> {
    // Only this line: the file holds passwords.
    let output = run(shell, format!("grep shelved_offload_time {NOVA_CONF}"), target).await?;
    if output.exit_code > 1 {
        return Err(refused(NOVA_CONF, &output));
    }
    let text = output.stdout_text();
    let mut values = text
        .lines()
        .map(str::trim)
        .filter_map(|line| line.strip_prefix("shelved_offload_time"))
        .filter_map(|rest| rest.trim_start().strip_prefix('='));
    // oslo.config takes the last one.
    Ok(match values.next_back().map(|value| value.trim().parse::<i64>()) {
        Some(Ok(seconds)) => NovaSetting::Set(seconds),
        _ => NovaSetting::Default,
    })
}

/// How far the machines' clocks are from this machine's.
pub(super) async fn clocks(target: &Target) -> Vec<Clock> {
    let mut machines: Vec<(String, target::Shell)> = Vec::new();
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
    let mut asked = tokio::task::JoinSet::new();
    for (position, (machine, access)) in machines.into_iter().enumerate() {
        let target = target.clone();
        asked.spawn(async move {
            let ahead = clock(&target, &machine, &access).await;
            (position, Clock { machine, ahead })
        });
    }
    let mut clocks: Vec<(usize, Clock)> = asked.join_all().await;
    clocks.sort_by_key(|(position, _)| *position);
    clocks.into_iter().map(|(_, clock)| clock).collect()
}

async fn clock(target: &Target, machine: &str, access: &target::Shell) -> Asked<(f64, Duration)> {
    let shell = open(target, &format!("the shell of {machine}"), access).await?;
    let before = now();
    let output = run(&shell, "date +%s.%N".to_owned(), target).await?;
    let after = now();
    let text = output.stdout_text();
    let Some(there) = read_clock(text.trim()) else {
        return Err(refused(&format!("`date` on {machine}"), &output));
    };
    let doubt = after.saturating_sub(before);
    let middle = before + doubt / 2;
    Ok((there - middle.as_secs_f64(), doubt / 2))
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
    fn clocks_with_and_without_nanoseconds_are_read() {
        assert_eq!(read_clock("1764000000.5"), Some(1_764_000_000.5));
        assert_eq!(read_clock("1764000000.%N"), Some(1_764_000_000.0));
        assert_eq!(read_clock("1764000000.N"), Some(1_764_000_000.0));
        assert_eq!(read_clock("date: invalid"), None);
    }
}
