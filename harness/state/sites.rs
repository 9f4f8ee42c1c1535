//! Which site is active, and what steps need of the target.

use std::collections::BTreeMap;

use super::Disk;
use super::{SnapshotState, State, VolumeState};
use crate::diagnostic::{Diagnostic, Location};
use crate::drivers::{BackendIdRule, FailbackBy, Identity, Moves, WithoutPreparation};
use crate::names::{ServerName, SiteName, SnapshotName, VolumeName};
use crate::targets::Site;

/// The code of the fault that the target cannot do what a step needs.
pub(crate) const TARGET_LACKS: &str = "target-lacks";

/// Where the backend is at a point of a chain.
pub(crate) struct WhereItIs {
    active: (SiteName, Option<Location>),
    volumes: BTreeMap<VolumeName, VolumeState>,
    snapshots: BTreeMap<SnapshotName, SnapshotState>,
    frozen: Option<Location>,
    disabled: Option<Location>,
}

impl State<'_> {
    /// A failover, which needs the other site and must not follow another one.
    pub(crate) fn fails_over(&mut self, to: SiteName, at: &Location, to_at: &Location) {
        if to == SiteName::Primary {
            self.fault(
                Diagnostic::error("wrong-direction", "a failover goes to the secondary site")
                    .at(to_at, "expected `secondary`")
                    .help("to fail the backend back, write `failback: { to: primary }`"),
            );
        } else if let (SiteName::Secondary, Some(before)) = self.active.clone() {
            self.order_fault(
                Diagnostic::error("failed-over-already", "the backend is failed over already")
                    .at(at, "")
                    .because(&before, "this step fails it over")
                    .note("Cinder accepts a second failover and does nothing but log an error")
                    .help("fail it back first: `failback: { to: primary }`"),
            );
        }
        self.needs_thawed(at);
        self.needs_site(SiteName::Secondary, at);
        self.driver_moves(at);
        self.moves_to(SiteName::Secondary, at);
    }

    /// A failback, which must follow a failover.
    pub(crate) fn fails_back(&mut self, to: SiteName, at: &Location, to_at: &Location) {
        if to == SiteName::Secondary {
            self.fault(
                Diagnostic::error("wrong-direction", "a failback goes to the primary site")
                    .at(to_at, "expected `primary`")
                    .help("to make the secondary site take over, write `failover: { to: secondary }`"),
            );
        } else if self.active.0 == SiteName::Primary {
            let mut fault = Diagnostic::error("not-failed-over", "the backend is not failed over here")
                .at(at, "")
                .note(
                    "Cinder accepts a failback of a backend on its primary site, demotes and promotes its images, \
                    and may cause split-brain",
                );
            if let Some(before) = &self.active.1 {
                fault = fault.because(before, "this step fails it back");
            }
            self.order_fault(
                fault.help("fail over first, or name the scenario that this one continues: `continues: NAME`"),
            );
        }
        self.needs_thawed(at);
        self.driver_fails_back(at);
        self.moves_to(SiteName::Primary, at);
    }

    /// Where the backend is, and what is known of its volumes, for who looks what a step would do.
    pub(crate) fn where_it_is(&self) -> WhereItIs {
        WhereItIs {
            active: self.active.clone(),
            volumes: self.volumes.clone(),
            snapshots: self.snapshots.clone(),
            frozen: self.frozen.clone(),
            disabled: self.disabled.clone(),
        }
    }

    /// Takes back what a step would have moved, made or changed.
    pub(crate) fn is_where_it_was(&mut self, before: WhereItIs) {
        self.active = before.active;
        self.volumes = before.volumes;
        self.snapshots = before.snapshots;
        self.frozen = before.frozen;
        self.disabled = before.disabled;
    }

    /// Another site is active: connections made before lead to where the data no longer is.
    fn moves_to(&mut self, site: SiteName, at: &Location) {
        self.active = (site, Some(at.clone()));
        // A failover disables the service, and a failback enables it (cinder/volume/manager.py, `finish_failover`).
        self.disabled = (site == SiteName::Secondary).then(|| at.clone());
        for volume in self.volumes.values_mut() {
            if volume.boots.is_some() || volume.attached.is_some() {
                volume.outdated = Some(at.clone());
            }
        }
    }

    /// A disk that a guest reads or writes: its connection must be newer than the last failover. Through an older one the
    /// guest sees its own page cache, which says nothing about any site, and what it writes is lost.
    pub(crate) fn needs_current(&mut self, disk: &Disk, at: &Location) {
        let Disk::Volume(name) = disk else { return };
        let Some(volume) = self.volumes.get(name) else { return };
        let Some(since) = &volume.outdated else { return };
        let help = match (&volume.boots, &volume.attached) {
            (Some((server, _)), _) => format!("renew it first: `reconnect: {{ server: {server}, by: shelve }}`"),
            (None, Some((server, _))) => super::disks::renewing_data_volumes(server),
            (None, None) => format!("attach it again: `attach: {{ volume: {name}, server: … }}`"),
        };
        let fault = Diagnostic::error(
            "outdated-connection",
            format!("the guest still has its old connection to volume `{name}` here"),
        )
        .at(at, "the guest would read its cache, whatever happened to the data")
        .because(since, "since this step the data is at the other site")
        .help(help);
        self.order_fault(fault);
    }

    /// The site of that name. A target without it is a fault.
    pub(crate) fn needs_site(&mut self, name: SiteName, at: &Location) -> Option<Site> {
        let target = self.target();
        let site = target.sites.get(name);
        if site.is_none() {
            self.fault(
                Diagnostic::error(TARGET_LACKS, format!("the target {} has no {name} site", target.name))
                    .at(at, format!("this step needs the {name} site"))
                    .because(&target.sites.primary.at, "the target has only this one")
                    .help(format!(
                        "add `{name}` to the target's `sites`, or choose another target"
                    )),
            );
        }
        site.cloned()
    }

    /// A site whose storage is asked for images: it needs a shell and a pool, and RBD.
    pub(crate) fn needs_storage(&mut self, name: SiteName, at: &Location) {
        let target = self.target();
        if !target.driver.profile.asks_rbd() {
            self.fault(
                Diagnostic::error(
                    TARGET_LACKS,
                    format!("the storage of target {} cannot be asked", target.name),
                )
                .at(at, "this step asks the sites with the `rbd` command")
                .note(format!(
                    "the driver profile {} names no command to ask its storage with",
                    target.driver.called
                ))
                .help("leave the step out, or choose a target with `driver: rbd`"),
            );
            return;
        }
        let Some(site) = self.needs_site(name, at) else { return };
        for (there, key) in [(site.shell.is_some(), "shell"), (site.pool.is_some(), "pool")] {
            if !there {
                self.fault(
                    Diagnostic::error(
                        TARGET_LACKS,
                        format!("the {name} site of target {} has no `{key}`", target.name),
                    )
                    .at(at, "this step asks the storage of both sites")
                    .because(&site.at, "the site is declared here")
                    .help(format!("add `{key}` to the site, or choose another target")),
                );
            }
        }
    }

    /// A step that asks the storage of both sites, and proves what nobody else can. Where nobody can be asked it is skipped: a guest
    /// may still prove the rest, and every report says what was not.
    pub(crate) fn asks_storage(&mut self, at: &Location) {
        if self.needs_site(SiteName::Secondary, at).is_none() {
            return;
        }
        let target = self.target();
        let profile = &target.driver.profile;
        let lacks = |site: &Site| match (&site.shell, &site.pool) {
            (None, _) => Some("shell"),
            (_, None) => Some("pool"),
            _ => None,
        };
        let lacking = SiteName::ALL
            .into_iter()
            .find_map(|name| Some((name, lacks(target.sites.get(name)?)?)));
        let because = match lacking {
            _ if !profile.asks_rbd() => format!(
                "nobody but Cinder and the guests can be asked behind the driver {}",
                profile.driver
            ),
            Some((name, key)) => format!("the {name} site of target {} has no `{key}`", target.name),
            None => return,
        };
        self.skips(because, at, "it asks the storage of both sites");
    }

    /// What the driver must be able to do so that a failover can be asked for at all.
    fn driver_moves(&mut self, at: &Location) {
        let profile = &self.target().driver.profile;
        if let Moves::Groups(because) | Moves::Nothing(because) = &profile.moves {
            let fault = Diagnostic::error(
                TARGET_LACKS,
                format!("the driver {} cannot fail a backend over", profile.driver),
            )
            .at(at, "this step fails the backend over")
            .note(because.clone());
            self.fault(fault);
        }
    }

    /// A driver that must be able to choose the target of a failover.
    pub(crate) fn driver_chooses(&mut self, at: &Location) {
        let profile = &self.target().driver.profile;
        if profile.backend_id == BackendIdRule::Required {
            let text = format!("the driver {} refuses a failover that names no target", profile.driver);
            let fault = Diagnostic::error(TARGET_LACKS, text).at(at, "this step names none");
            self.fault(fault);
        }
    }

    /// What a failback of the driver must not do: succeed, and lose what was written; or leave volumes in error.
    fn driver_fails_back(&mut self, at: &Location) {
        let target = self.target();
        let profile = &target.driver.profile;
        let failback = &profile.failback;
        let lack = |text: String| Diagnostic::error(TARGET_LACKS, text).at(at, "this step fails the backend back");
        let fault = match (failback.by, failback.without) {
            (FailbackBy::Never, _) => lack(format!("the driver {} cannot fail back through Cinder", profile.driver)),
            (_, WithoutPreparation::VolumesFail) if !failback.only_unplanned => lack(format!(
                "a failback of the driver {} leaves its volumes in `error`",
                profile.name
            )),
            (_, WithoutPreparation::Refused | WithoutPreparation::LosesWrites)
                if !failback.only_unplanned && target.before_failback.is_none() =>
            {
                let what = match failback.without {
                    WithoutPreparation::LosesWrites => "loses what was written at the other site",
                    _ => "is refused",
                };
                lack(format!(
                    "a failback of the driver {} {what}, unless the storage is made ready before",
                    profile.driver
                ))
                .help("give the target `before-failback`, a command that does it")
            }
            _ => return,
        };
        let fault = match &failback.before {
            Some(before) => fault.note(before.clone()),
            None => fault,
        };
        self.fault(fault);
    }

    /// Whether no field of the driver's connection info names the site: a step that looks for one is skipped then.
    pub(crate) fn connection_names_no_site(&mut self, at: &Location) -> bool {
        let profile = &self.target().driver.profile;
        if profile.identity() == Identity::ConnectionInfo {
            return false;
        }
        let because = format!(
            "no field of the connection info of {} names a site: only the storage itself can tell",
            profile.name
        );
        self.skips(because, at, "it looks for a field that names the site");
        true
    }

    /// The step is not run on this target.
    fn skips(&mut self, because: String, at: &Location, text: &str) {
        self.fault(
            Diagnostic::warning(
                "skipped",
                format!("this step is skipped on the target {}", self.target().name),
            )
            .at(at, text)
            .note(because.clone()),
        );
        self.skip = Some(because);
    }

    /// A site that connection info is compared with: it must say what to expect.
    pub(crate) fn needs_connection_fields(&mut self, name: SiteName, at: &Location) {
        let Some(site) = self.needs_site(name, at) else { return };
        if site.connection.fields().is_empty() {
            self.fault(
                Diagnostic::error(
                    "nothing-to-check",
                    format!("the target does not say what connection info of the {name} site holds"),
                )
                .at(at, "the step would have nothing to compare with")
                .because(&site.at, "the site is declared here")
                .help("add `connection` to the site, such as `connection: { cluster_name: ceph }`"),
            );
        }
    }

    /// A site that data is replicated to: not the one that is written to.
    pub(crate) fn needs_inactive(&mut self, to: SiteName, at: &Location) {
        if to == self.active.0 {
            let mut fault = Diagnostic::error("wrong-direction", format!("guests write to the {to} site here"))
                .at(at, format!("expected `{}`", to.other()));
            if let Some(before) = &self.active.1 {
                fault = fault.because(before, "since this step");
            }
            self.order_fault(fault.note("what is replicated comes from the active site and goes to the other one"));
        }
    }

    /// A volume whose connection is looked at: it must have one. Gives the server that it is attached to.
    pub(crate) fn needs_connection(&mut self, name: &VolumeName, at: &Location) -> Option<ServerName> {
        let volume = self.volumes.get(name)?;
        let holder = volume.boots.as_ref().or(volume.attached.as_ref());
        let holder = holder.map(|(server, _)| server.clone());
        if holder.is_none() {
            let fault = Diagnostic::error("not-attached", format!("volume `{name}` has no connection here"))
                .at(at, "it is not attached to a server")
                .because(&volume.at, "it is declared here")
                .help(format!("attach it first: `attach: {{ volume: {name}, server: … }}`"));
            self.order_fault(fault);
        }
        holder
    }
}
