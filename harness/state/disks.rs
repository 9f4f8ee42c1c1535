//! Which volumes are attached, formatted and mounted.

use super::Filesystem;
use super::{Boot, State};
use crate::diagnostic::{Diagnostic, Location};
use crate::names::{ServerName, VolumeName};

impl State<'_> {
    /// A volume is attached to a server.
    pub(crate) fn attaches(&mut self, volume: &VolumeName, server: &ServerName, at: &Location) {
        let Some(state) = self.volumes.get_mut(volume) else {
            return;
        };
        let earlier = state.boots.clone().map(|(server, at)| (server, at, "boots from it"));
        let earlier = earlier.or_else(|| {
            state
                .attached
                .clone()
                .map(|(server, at)| (server, at, "has it since here"))
        });
        if state.boots.is_none() {
            state.attached = Some((server.clone(), at.clone()));
            state.outdated = None;
        }
        if let Some((holder, since, how)) = earlier {
            self.order_fault(
                Diagnostic::error("volume-in-use", format!("volume `{volume}` is attached already"))
                    .at(at, "")
                    .because(&since, format!("`{holder}` {how}")),
            );
        }
    }

    /// A volume is detached from a server.
    pub(crate) fn detaches(&mut self, volume: &VolumeName, server: &ServerName, at: &Location) {
        let Some(state) = self.volumes.get_mut(volume) else {
            return;
        };
        let fault = if let Some((holder, since)) = &state.boots {
            Some(
                Diagnostic::error("root-volume", format!("`{holder}` boots from volume `{volume}`"))
                    .at(at, "a root volume cannot be detached")
                    .because(since, "")
                    .help(format!(
                        "renew its connection with `reconnect: {{ server: {holder}, by: shelve }}`"
                    )),
            )
        } else {
            match (&state.attached, &state.mounted) {
                (None, _) => Some(not_attached(volume, server, None, at)),
                (Some((holder, since)), _) if holder != server => {
                    Some(not_attached(volume, server, Some((holder, since)), at))
                }
                (Some(_), Some((directory, since))) => Some(
                    Diagnostic::error("still-mounted", format!("volume `{volume}` is still mounted"))
                        .at(at, "")
                        .because(since, format!("at {directory}"))
                        .help(format!(
                            "unmount it first: `unmount: {{ guest: {server}, volume: {volume} }}`"
                        )),
                ),
                (Some(_), None) => None,
            }
        };
        state.attached = None;
        state.mounted = None;
        self.ends_workloads_on(volume);
        if let Some(fault) = fault {
            self.order_fault(fault);
        }
    }

    /// A file system is made on a volume.
    pub(crate) fn formats(&mut self, guest: &ServerName, volume: &VolumeName, filesystem: Filesystem, at: &Location) {
        self.needs_attached(guest, volume, at);
        let Some(state) = self.volumes.get_mut(volume) else {
            return;
        };
        let fault = if let Some((_, since)) = &state.formatted {
            Some(
                Diagnostic::error(
                    "formatted-already",
                    format!("volume `{volume}` has a file system already"),
                )
                .at(at, "this would erase what was written")
                .because(since, "it is made here"),
            )
        } else {
            // An image may bring a file system, which is what the scenario is about then.
            state
                .planned
                .as_ref()
                .and_then(|planned| planned.image.as_ref())
                .map(|image| {
                    Diagnostic::error("formatted-already", format!("volume `{volume}` is made from an image"))
                        .at(at, format!("this would erase what image {image} brings"))
                        .because(&state.at, "it is declared here")
                })
        };
        state.formatted = Some((filesystem, at.clone()));
        if let Some(fault) = fault.filter(|_| state.boots.is_none()) {
            self.order_fault(fault);
        }
    }

    /// A volume is mounted. Gives the kind of its file system.
    pub(crate) fn mounts(
        &mut self,
        guest: &ServerName,
        volume: &VolumeName,
        directory: &str,
        at: &Location,
    ) -> Filesystem {
        self.needs_attached(guest, volume, at);
        let occupied = self.volumes.iter().find_map(|(other, state)| {
            let (mounted, since) = state.mounted.as_ref()?;
            let here = state.attached.as_ref().is_some_and(|(server, _)| server == guest);
            (other != volume && here && mounted == directory).then(|| (other.clone(), since.clone()))
        });
        if let Some((other, since)) = occupied {
            self.order_fault(
                Diagnostic::error(
                    "mount-point-in-use",
                    format!("{directory} of `{guest}` is a mount point already"),
                )
                .at(at, "")
                .because(&since, format!("volume `{other}` is mounted there")),
            );
        }
        let Some(state) = self.volumes.get_mut(volume) else {
            return Filesystem::Ext4;
        };
        let mut fault = None;
        if let Some((mounted, since)) = &state.mounted {
            fault = Some(
                Diagnostic::error("mounted-already", format!("volume `{volume}` is mounted already"))
                    .at(at, "")
                    .because(since, format!("at {mounted}")),
            );
        } else if state.formatted.is_none() && state.boots.is_none() {
            fault = Some(
                Diagnostic::error("not-formatted", format!("volume `{volume}` has no file system here"))
                    .at(at, "")
                    .because(&state.at, "it is made without one")
                    .help(format!(
                        "make one first: `format: {{ guest: {guest}, volume: {volume}, filesystem: ext4 }}`"
                    )),
            );
        }
        let filesystem = state
            .formatted
            .as_ref()
            .map_or(Filesystem::Ext4, |(filesystem, _)| *filesystem);
        // What cannot be mounted is taken as mounted, so one mistake is one fault.
        state.formatted.get_or_insert_with(|| (filesystem, at.clone()));
        state.mounted = Some((directory.to_owned(), at.clone()));
        if let Some(fault) = fault {
            self.order_fault(fault);
        }
        filesystem
    }

    /// A volume is unmounted. Gives the directory that it was mounted at; nothing if it was not, which is a fault.
    pub(crate) fn unmounts(&mut self, guest: &ServerName, volume: &VolumeName, at: &Location) -> String {
        let Some(state) = self.volumes.get_mut(volume) else {
            return String::new();
        };
        let here = state.attached.as_ref().is_some_and(|(server, _)| server == guest);
        let mounted = state.mounted.take().filter(|_| here);
        let (declared, boots) = (state.at.clone(), state.boots.clone());
        self.ends_workloads_on(volume);
        match mounted {
            Some((directory, _)) => directory,
            None => {
                let mut fault = Diagnostic::error(
                    "not-mounted",
                    format!("volume `{volume}` is not mounted in `{guest}` here"),
                )
                .at(at, "")
                .because(&declared, "it is declared here");
                if let Some((server, since)) = &boots {
                    fault = fault.because(since, format!("`{server}` boots from it"));
                }
                self.order_fault(fault);
                String::new()
            }
        }
    }

    /// A server stops and starts again: what was mounted in it by steps is mounted no more.
    pub(crate) fn reconnects(&mut self, server: &ServerName, at: &Location) {
        self.renews_data_volumes(server);
        for volume in self.volumes.values_mut() {
            if volume.boots.as_ref().is_some_and(|(holder, _)| holder == server) {
                volume.outdated = None;
            }
        }
        let Some(state) = self.servers.get(server) else { return };
        if let Some(Boot::Image(_)) = state.boot {
            let fault = Diagnostic::error(
                "not-volume-backed",
                format!("server `{server}` does not boot from a volume"),
            )
            .at(
                at,
                "shelving it would make an image of its disk, and prove nothing about Cinder",
            )
            .because(&state.at, "it boots from an image")
            .help(renewing_data_volumes(server));
            self.fault(fault);
        }
    }

    /// A server stops, its data volumes are taken away and given again, and it starts. Gives the volumes: all that it has.
    pub(crate) fn reconnects_data_volumes(&mut self, server: &ServerName, at: &Location) -> Vec<VolumeName> {
        let renewed = self.renews_data_volumes(server);
        let root = self.volumes.iter().find_map(|(name, volume)| {
            let (holder, since) = volume.boots.as_ref()?;
            (holder == server).then(|| (name.clone(), since.clone()))
        });
        if let Some((root, since)) = root {
            let fault = Diagnostic::error("root-volume", format!("`{server}` boots from volume `{root}`"))
                .at(
                    at,
                    "Nova detaches no root volume, so this one would keep its old connection",
                )
                .because(&since, "")
                .help(format!(
                    "renew the connections of all its volumes with `reconnect: {{ server: {server}, by: shelve }}`"
                ));
            self.fault(fault);
        } else if renewed.is_empty() {
            let mut fault = Diagnostic::error("nothing-attached", format!("no volume is attached to `{server}` here"))
                .at(at, "there is no connection to renew");
            if let Some(state) = self.servers.get(server) {
                fault = fault.because(&state.at, "it is declared here");
            }
            let fault = fault.help(format!("attach one first: `attach: {{ volume: …, server: {server} }}`"));
            self.order_fault(fault);
        }
        renewed
    }

    /// A server stops and starts, with new connections of its data volumes: they are mounted no more. Gives them.
    fn renews_data_volumes(&mut self, server: &ServerName) -> Vec<VolumeName> {
        let mut renewed = Vec::new();
        for (name, volume) in &mut self.volumes {
            if volume.attached.as_ref().is_some_and(|(holder, _)| holder == server) {
                volume.mounted = None;
                volume.outdated = None;
                renewed.push(name.clone());
            }
        }
        self.ends_workloads_of(server);
        renewed
    }

    /// Where a volume's file system is in a guest: empty for its root, the mount directory for a data volume. None if
    /// it is not there, which is a fault.
    pub(crate) fn directory_of(&mut self, volume: &VolumeName, guest: &ServerName, at: &Location) -> Option<String> {
        let state = self.volumes.get(volume)?;
        if state.boots.as_ref().is_some_and(|(server, _)| server == guest) {
            return Some(String::new());
        }
        let here = state.attached.as_ref().is_some_and(|(server, _)| server == guest);
        match &state.mounted {
            Some((directory, _)) if here => Some(directory.clone()),
            _ => {
                let fault = Diagnostic::error(
                    "not-mounted",
                    format!("the file system of volume `{volume}` is not in `{guest}` here"),
                )
                .at(at, "the marker has to be written on it")
                .because(&state.at, "the volume is declared here")
                .help(format!(
                    "mount it first: `mount: {{ guest: {guest}, volume: {volume}, at: /mnt/{volume} }}`"
                ));
                self.order_fault(fault);
                None
            }
        }
    }

    /// A volume whose device a guest uses: it must be attached there, and not be its root.
    pub(crate) fn needs_attached(&mut self, guest: &ServerName, volume: &VolumeName, at: &Location) {
        let Some(state) = self.volumes.get_mut(volume) else {
            return;
        };
        let fault = if let Some((server, since)) = &state.boots {
            Some(
                Diagnostic::error("root-volume", format!("`{server}` boots from volume `{volume}`"))
                    .at(at, "its root file system is there and mounted already")
                    .because(since, ""),
            )
        } else {
            match &state.attached {
                Some((holder, _)) if holder == guest => None,
                other => Some(not_attached(
                    volume,
                    guest,
                    other.as_ref().map(|(holder, since)| (holder, since)),
                    at,
                )),
            }
        };
        if state.boots.is_none() {
            // What is not attached is taken as attached, so one mistake is one fault.
            state.attached.get_or_insert_with(|| (guest.clone(), at.clone()));
        }
        if let Some(fault) = fault {
            self.order_fault(fault);
        }
    }
}

/// How the connections of a server's data volumes are renewed.
pub(super) fn renewing_data_volumes(server: &ServerName) -> String {
    format!(
        "renew the connections of its data volumes with `unmount`, `detach`, `attach` and `mount`; or, if they are on a site that is \
         lost, with `reconnect: {{ server: {server}, by: cold-detach-attach }}` and `mount`"
    )
}

fn not_attached(
    volume: &VolumeName,
    server: &ServerName,
    holder: Option<(&ServerName, &Location)>,
    at: &Location,
) -> Diagnostic {
    let fault = Diagnostic::error(
        "not-attached",
        format!("volume `{volume}` is not attached to `{server}` here"),
    )
    .at(at, "");
    match holder {
        Some((holder, since)) => fault.because(since, format!("it is attached to `{holder}`")),
        None => fault.help(format!(
            "attach it first: `attach: {{ volume: {volume}, server: {server} }}`"
        )),
    }
}
