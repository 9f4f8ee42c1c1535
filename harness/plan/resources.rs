//! What scenarios declare.

use super::PlannedServer;
use crate::diagnostic::Diagnostic;
use crate::document::Placed;
use crate::names::{ServerName, VolumeName};
use crate::scenario::{Scenario, Server, ServerBoot, Volume};
use crate::state::{Boot, MountPoint, PlannedVolume, ServerState, State, VolumeState};

/// The word for the target's guest image.
const GUEST_IMAGE: &str = "guest";

impl State<'_> {
    /// Takes in what a scenario declares.
    pub(super) fn declare(&mut self, scenario: &Scenario) {
        for volume in &scenario.volumes {
            self.declare_volume(volume);
        }
        for server in &scenario.servers {
            self.declare_server(server);
        }
    }

    /// Takes note of every directory that a step of a scenario mounts a volume at.
    pub(super) fn find_mount_points(&mut self, scenario: &Scenario) {
        for step in scenario
            .steps
            .iter()
            .filter(|step| step.verb.is_some_and(|verb| verb.field.key == "mount"))
        {
            let Some(arguments) = step.fields() else { continue };
            let guest = arguments.text("guest").and_then(|guest| ServerName::new(&guest.value));
            if let (Some(guest), Some(directory)) = (guest, arguments.text("at")) {
                let directory = directory.value.trim_end_matches('/').to_owned();
                if directory.starts_with('/') {
                    self.mount_points.push(MountPoint {
                        guest,
                        directory,
                        at: step.at.clone(),
                    });
                }
            }
        }
    }

    fn declare_volume(&mut self, volume: &Volume) {
        if let Some(first) = self.volumes.get(&volume.name) {
            let fault = redefined("volume", volume.name.as_str())
                .at(&volume.at, "")
                .because(&first.at, "it is declared here");
            return self.fault(fault);
        }
        let volume_type = volume.volume_type.as_ref().and_then(|wanted| self.volume_type(wanted));
        let image = volume.image.as_ref().map(|image| self.image(image));
        let planned = volume_type
            .zip(volume.size_gib)
            .map(|(volume_type, size_gib)| PlannedVolume {
                name: volume.name.clone(),
                size_gib,
                volume_type,
                image: image.clone(),
                at: volume.at.clone(),
            });
        if let Some(planned) = &planned {
            self.declared.insert(volume.name.clone(), planned.clone());
        }
        let state = VolumeState {
            planned,
            at: volume.at.clone(),
            boots: None,
            attached: None,
            formatted: None,
            mounted: None,
            outdated: None,
        };
        self.volumes.insert(volume.name.clone(), state);
    }

    fn declare_server(&mut self, server: &Server) {
        if let Some(first) = self.servers.get(&server.name) {
            let fault = redefined("server", server.name.as_str())
                .at(&server.at, "")
                .because(&first.at, "it is declared here");
            return self.fault(fault);
        }
        let boot = match &server.boot {
            Some(ServerBoot::Image { name, at }) => Some(Boot::Image(self.image(&Placed {
                value: name.clone(),
                at: at.clone(),
            }))),
            Some(ServerBoot::Volume { name, at }) => self
                .boot_volume(
                    server,
                    &Placed {
                        value: name.clone(),
                        at: at.clone(),
                    },
                )
                .map(Boot::Volume),
            None => None,
        };
        self.servers.insert(
            server.name.clone(),
            ServerState {
                boot,
                at: server.at.clone(),
            },
        );
    }

    fn boot_volume(&mut self, server: &Server, wanted: &Placed<String>) -> Option<VolumeName> {
        let Some(name) = VolumeName::new(&wanted.value).filter(|name| self.volumes.contains_key(name)) else {
            let known: Vec<String> = self.volumes.keys().map(ToString::to_string).collect();
            self.undefined("volume", wanted, &known, None);
            return None;
        };
        self.used.insert(format!("volume {name}"));
        let volume = self.volumes.get_mut(&name)?;
        let mut fault = None;
        if let Some((other, at)) = &volume.boots {
            fault = Some(
                Diagnostic::error("volume-in-use", format!("two servers boot from volume `{name}`"))
                    .at(&wanted.at, "")
                    .because(at, format!("`{other}` boots from it"))
                    .note("Cinder does not replicate volumes that are attached twice (multiattach)"),
            );
        } else if volume.planned.as_ref().is_some_and(|planned| planned.image.is_none()) {
            fault = Some(
                Diagnostic::error("not-bootable", format!("volume `{name}` holds nothing to boot from"))
                    .at(&wanted.at, "")
                    .because(&volume.at, "it is made empty")
                    .help(format!("give `{name}` an image: `image: {GUEST_IMAGE}`")),
            );
        }
        if volume.boots.is_none() {
            volume.boots = Some((server.name.clone(), wanted.at.clone()));
        }
        if let Some(fault) = fault {
            self.fault(fault);
        }
        Some(name)
    }

    /// The name of an image in Glance.
    fn image(&self, image: &Placed<String>) -> String {
        if image.value == GUEST_IMAGE {
            self.target().guest.image.clone()
        } else {
            image.value.clone()
        }
    }

    /// Warns of what a scenario declares and nothing uses.
    pub(super) fn unused(&mut self, scenario: &Scenario) {
        if !self.order_certain || scenario.steps.is_empty() {
            return;
        }
        let volumes = scenario
            .volumes
            .iter()
            .map(|volume| ("volume", volume.name.as_str(), &volume.at));
        let servers = scenario
            .servers
            .iter()
            .map(|server| ("server", server.name.as_str(), &server.at));
        for (noun, name, at) in volumes.chain(servers) {
            if !self.used.contains(&format!("{noun} {name}")) {
                self.fault(
                    Diagnostic::warning("unused", format!("nothing uses {noun} `{name}`"))
                        .at(at, "")
                        .help("use it in a step, or remove it: every run would make it for nothing"),
                );
            }
        }
    }

    /// The volumes to make, in the order in which they are declared.
    pub(super) fn planned_volumes(&self, scenarios: &[&Scenario]) -> Vec<PlannedVolume> {
        let names = scenarios
            .iter()
            .flat_map(|scenario| &scenario.volumes)
            .map(|volume| &volume.name);
        names.filter_map(|name| self.declared.get(name).cloned()).collect()
    }

    /// The servers to make, in the order in which they are declared.
    pub(super) fn planned_servers(&self, scenarios: &[&Scenario]) -> Vec<PlannedServer> {
        let servers = scenarios.iter().flat_map(|scenario| &scenario.servers);
        servers
            .filter_map(|server| {
                let state = self.servers.get(&server.name)?;
                Some(PlannedServer {
                    name: server.name.clone(),
                    boot: state.boot.clone()?,
                    at: state.at.clone(),
                })
            })
            .collect()
    }
}

fn redefined(noun: &str, name: &str) -> Diagnostic {
    Diagnostic::error(
        "redefined",
        format!("{noun} `{name}` is declared by a scenario that this one continues"),
    )
    .help("scenarios of a chain share their resources; use it as it is, or choose another name")
}
