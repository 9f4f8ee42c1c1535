//! What the host of cinder-volume says: its configuration, and where its log is.

use super::cinder_conf::{CinderConf, command};
use super::machine::Machine;
use crate::failure::Failure;
use crate::session::unread;
use crate::shell::quote;
use crate::targets::LogSource;

/// Where cinder-volume logs if nobody configured it: packages, kolla-ansible.
const LOGS: [&str; 3] = [
    "/var/log/cinder/cinder-volume.log",
    "/var/log/cinder/volume.log",
    "/var/log/kolla/cinder/cinder-volume.log",
];

/// The units that are cinder-volume: devstack's, and those of packages.
const UNITS: [&str; 3] = ["devstack@c-vol", "openstack-cinder-volume", "cinder-volume"];
/// The programs that lead into containers, and show what these write.
const ENGINES: [&str; 3] = ["docker", "podman", "nerdctl"];
/// How much of a log is read to see whether it can be, in bytes.
const LITTLE: usize = 1000;

/// What the host of cinder-volume says.
#[derive(Clone, Debug, Default)]
pub(super) struct ControllerSeen {
    /// Its cinder.conf.
    pub conf: CinderConf,
    /// Its log that can be read, and what stands before every command that reads it.
    pub log: Option<(LogSource, String)>,
}

/// Asks it.
///
/// # Errors
/// It does not answer, or has no cinder.conf that may be read.
pub(super) async fn ask(machine: &Machine, file: Option<&str>) -> Result<ControllerSeen, Failure> {
    let output = machine.run(&command(file)).await?;
    let conf = CinderConf::read(&output.stdout_text());
    if conf.files.is_empty() {
        let failure = match conf.unreadable.as_slice() {
            [] => Failure::cloud(format!("{} has no cinder.conf", machine.place())).help(
                "name the host of cinder-volume with --ssh, the file with --cinder-conf, or what leads into its container with --prefix, \
                 such as `sudo docker exec cinder_volume`",
            ),
            files => Failure::cloud(format!("{} on {} may not be read", files.join(", "), machine.place()))
                .help("log in as a user who may, or pass `--prefix sudo`"),
        };
        let said = output.stderr_text();
        return Err(match said.trim() {
            "" => failure,
            said => failure.detail("stderr", said),
        });
    }
    let configured = conf.log_file();
    let places: Vec<String> = configured.into_iter().chain(LOGS.map(str::to_owned)).collect();
    let tried: Vec<_> = places.iter().map(|place| quote(place).into_owned()).collect();
    let script = format!(
        "for f in {}; do if [ -r \"$f\" ]; then echo \"$f\"; fi; done; true",
        tried.join(" ")
    );
    let found = machine.run(&script).await?.stdout_text();
    let file = found.lines().map(str::trim).find(|line| !line.is_empty());
    let log = match file {
        Some(file) => Some((LogSource::Path(file.to_owned()), machine.prefix.clone())),
        None => match of_container(machine).await? {
            Some(log) => Some(log),
            None => of_journal(machine).await?,
        },
    };
    Ok(ControllerSeen { conf, log })
}

/// What the runtime keeps of the container into which the prefix leads.
async fn of_container(machine: &Machine) -> Result<Option<(LogSource, String)>, Failure> {
    let Some((before, engine, name)) = container(&machine.prefix) else {
        return Ok(None);
    };
    let log = LogSource::Container { engine, name };
    let output = machine.run_behind(&before, &log.end(LITTLE)).await?;
    let is_there = unread(&output.stdout_text()).is_none();
    Ok(is_there.then_some((log, before)))
}

/// The container that words such as `sudo docker exec -i cinder_volume` lead into: what stands before, the engine, and the name.
fn container(prefix: &str) -> Option<(String, String, String)> {
    let words: Vec<&str> = prefix.split_whitespace().filter(|word| *word != "--").collect();
    let engine = words.iter().position(|word| ENGINES.contains(word))?;
    let is_exec = words.get(engine + 1) == Some(&"exec") && words.len() > engine + 2;
    let name = words.last().filter(|name| !name.starts_with('-'))?;
    is_exec.then(|| (words[..engine].join(" "), words[engine].to_owned(), (*name).to_owned()))
}

/// What systemd's journal keeps of the unit that is cinder-volume.
async fn of_journal(machine: &Machine) -> Result<Option<(LogSource, String)>, Failure> {
    for unit in UNITS {
        let log = LogSource::Journal { unit: unit.to_owned() };
        let output = machine.run(&log.end(LITTLE)).await?;
        let text = output.stdout_text();
        if unread(&text).is_none() && output.success() && !text.trim().is_empty() {
            return Ok(Some((log, machine.prefix.clone())));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_lead_into_a_container() {
        let of = |prefix: &str| container(prefix).map(|(before, engine, name)| format!("{before}|{engine}|{name}"));
        assert_eq!(
            of("sudo docker exec -i cinder_volume").as_deref(),
            Some("sudo|docker|cinder_volume")
        );
        assert_eq!(
            of("podman exec cinder_volume --").as_deref(),
            Some("|podman|cinder_volume")
        );
        for other in [
            "",
            "sudo",
            "docker",
            "docker exec",
            "docker exec -i",
            "cephadm shell --",
            "docker run x",
        ] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
