//! What the host of cinder-volume says: its configuration, and where its log is.

use super::cinder_conf::{CinderConf, command};
use super::machine::Machine;
use crate::failure::Failure;
use crate::shell::quote;

/// Where cinder-volume logs if nobody configured it: packages, kolla-ansible.
const LOGS: [&str; 3] = [
    "/var/log/cinder/cinder-volume.log",
    "/var/log/cinder/volume.log",
    "/var/log/kolla/cinder/cinder-volume.log",
];

/// What the host of cinder-volume says.
#[derive(Clone, Debug, Default)]
pub(super) struct ControllerSeen {
    /// Its cinder.conf.
    pub conf: CinderConf,
    /// The file of its log that can be read.
    pub log: Option<String>,
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
    Ok(ControllerSeen {
        conf,
        log: found
            .lines()
            .next()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty()),
    })
}
