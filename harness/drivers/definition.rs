//! What a driver profile says.

use std::collections::BTreeMap;

/// The extra spec by which a volume type selects replication, and the only text that counts.
pub const REPLICATION_ENABLED: (&str, &str) = ("replication_enabled", "<is> True");

/// What a driver does with one protocol in one mode.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DriverProfile {
    /// What a target calls it: the driver, the protocol if the driver has several, and the mode if it has several.
    pub name: String,
    /// The driver, as its file calls it.
    pub driver: String,
    /// Who makes the storage, and what it is.
    pub title: String,
    /// The Python classes that it is for.
    pub classes: Vec<String>,
    /// Its keys in Cinder's support matrix.
    pub matrix: Vec<String>,
    /// The release of Cinder that it was read at.
    pub read_at: Option<String>,
    /// What it can move.
    pub moves: Moves,
    /// The command by which its storage can be asked; none if nobody but Cinder and the guests can be.
    pub storage: Option<StorageTool>,
    /// The protocol, as the file calls it.
    pub protocol_name: String,
    /// What connection info has as `driver_volume_type`.
    pub protocol: String,
    /// What connection info means.
    pub fields: FieldRules,
    /// The mode of replication.
    pub mode: Mode,
    /// What a failover needs.
    pub backend_id: BackendIdRule,
    /// What happens if an unknown `backend_id` is sent.
    pub unknown_target: UnknownTarget,
    /// What the service's `active_backend_id` says after a failover for which no `backend_id` was sent, or which never names it.
    pub active_backend_id: Option<String>,
    /// What the volumes' `replication_status` says after a failover.
    pub status_away: String,
    /// The failback.
    pub failback: FailbackRules,
    /// Whether it retypes from and to a replicated type.
    pub retypes: bool,
    /// Whether it makes and extends volumes and makes snapshots while it is failed over: the contract lets it
    /// (replication.rst:367-370).
    pub works_away: bool,
    /// What it does with groups of volumes.
    pub groups: Groups,
    /// Whether it may run in a cluster of several cinder-volume services.
    pub active_active: ActiveActive,
    /// What a volume type needs besides `replication_enabled`, so that its volumes are replicated in this mode.
    pub extra_specs: BTreeMap<String, String>,
    /// The extra specs whose values only a target can give.
    pub needed_specs: Vec<String>,
    /// Whether `replication_enabled='<is> True'` belongs into the volume type.
    pub replication_enabled_spec: bool,
    /// What `replication_device` in cinder.conf holds.
    pub replication_device: ReplicationDevice,
    /// What the pool says of its targets.
    pub targets: TargetsInStats,
    /// Where all this was read: files of Cinder, with lines.
    pub sources: Vec<String>,
    /// What else is peculiar, for people.
    pub notes: Vec<String>,
}

/// What a driver can move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Moves {
    /// A backend, by `failover-host`.
    Backend,
    /// Groups of volumes only; why.
    Groups(String),
    /// Nothing, though Cinder's support matrix says so; why.
    Nothing(String),
}

/// The command by which storage can be asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StorageTool {
    /// `rbd` and `ceph`.
    Rbd,
}

/// Whether connection info can tell the sites apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// Some field names the site.
    ConnectionInfo,
    /// No field does; only the storage itself can tell.
    None,
}

/// What the fields of connection info mean.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FieldRules {
    /// Those that name the site: a failover changes them, where the sites have different values.
    pub site: Vec<String>,
    /// Those that name the volume on the array: a failover changes them, and nobody can declare them before.
    pub volume_at_site: Vec<String>,
    /// Those that name the volume, or say how it is used: a failover does not change them.
    pub keep: Vec<String>,
    /// Those that may change or not. So may those that are not listed at all.
    pub may_change: Vec<String>,
    /// Those whose lists have no order.
    pub unordered: Vec<String>,
    /// Those whose lists belong together, a group at a time: what stands at one place in them is one portal.
    pub paired: Vec<Vec<String>>,
    /// Those that are drawn anew for each attachment, from several that the site has.
    pub random: Vec<String>,
    /// Those that the driver gives only sometimes, such as with multipath.
    pub may_be_absent: Vec<String>,
    /// Those that are secrets.
    pub secrets: Vec<String>,
    /// Whether connection info leads to both sites at once in this mode.
    pub both_sites: bool,
    /// The one that names the volume's image, `POOL/IMAGE`.
    pub image: Option<String>,
}

/// A mode of replication.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mode {
    /// Its name in the file.
    pub name: String,
    /// What it is, in the vendor's words.
    pub about: String,
    /// Whether writes are acknowledged before the other site has them, so that an unplanned failover may lose the last ones.
    pub asynchronous: bool,
}

/// Whether a failover names its target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BackendIdRule {
    /// Without `backend_id`, the driver refuses.
    Required,
    /// Without it, the driver chooses.
    Optional,
    /// It is to be left out.
    LeaveOut,
}

/// What happens if an unknown `backend_id` is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnknownTarget {
    /// The driver refuses it, and the service is as before.
    Refused,
    /// The driver fails: the service ends in `failover-error`, and is disabled.
    Breaks,
    /// It is taken for the only target that there is.
    Accepted,
}

/// The failback.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailbackRules {
    /// How it is asked for.
    pub by: FailbackBy,
    /// What the volumes' `replication_status` says afterwards.
    pub status: String,
    /// What a person has to do on the storage before, if anything.
    pub before: Option<String>,
    /// Whether that is needed only after an unplanned failover.
    pub only_unplanned: bool,
    /// What a failback does if nobody did that.
    pub without: WithoutPreparation,
}

/// What a failback does if nobody did what a person has to do before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WithoutPreparation {
    /// The driver does what is needed.
    FailsBack,
    /// The driver refuses the failback, and the backend stays away.
    Refused,
    /// It succeeds, and what was written at the other site is lost.
    LosesWrites,
    /// The volumes go to `error`: Cinder cannot fail them back.
    VolumesFail,
}

/// How the failback is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailbackBy {
    /// `failover-host --backend_id default`.
    Default,
    /// By a failover like the first one: `default` is refused.
    Again,
    /// Not at all.
    Never,
}

/// What a driver does with groups of volumes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Groups {
    /// Whether it can replicate and fail over a group.
    pub failover: bool,
    /// Whether only consistent groups (`consistent_group_replication_enabled`).
    pub consistent_only: bool,
    /// Whether connection info leads to the other site after a group was failed over; none if nobody knows.
    pub connection_moves: Option<bool>,
    /// Whether the driver says that it can and has no code for it: such a group stays `enabling`.
    pub claimed_without_code: bool,
}

/// Whether a driver may run in a cluster of several services.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ActiveActive {
    /// Whether it says so (`SUPPORTS_ACTIVE_ACTIVE`).
    pub claimed: bool,
    /// Whether it fails back from a failover of a cluster; none if nobody knows.
    pub fails_back: Option<bool>,
    /// Why not, or what else is known.
    pub because: Option<String>,
}

/// What `replication_device` holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplicationDevice {
    /// The keys that must be there.
    pub required: Vec<String>,
    /// The keys that may be.
    pub optional: Vec<String>,
    /// The keys whose values are secrets.
    pub secrets: Vec<String>,
    /// How many there may be; none if any number.
    pub most: Option<u32>,
}

/// What the pool says as `replication_targets`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TargetsInStats {
    /// The `backend_id`s, maybe with `default`.
    BackendIds,
    /// Something else, such as serial numbers: an id is not looked for among them.
    Others,
}

impl DriverProfile {
    /// Whether a field is another one at the other site: it names the site, or the volume there.
    #[must_use]
    pub fn is_site_field(&self, field: &str) -> bool {
        let mut fields = self.fields.site.iter().chain(&self.fields.volume_at_site);
        fields.any(|one| one == field)
    }

    /// Whether the storage can be asked with `rbd`.
    #[must_use]
    pub fn asks_rbd(&self) -> bool {
        self.storage == Some(StorageTool::Rbd)
    }

    /// Whether connection info can tell the sites apart.
    #[must_use]
    pub fn identity(&self) -> Identity {
        if self.fields.site.is_empty() {
            Identity::None
        } else {
            Identity::ConnectionInfo
        }
    }

    /// Whether a volume type with these extra specs selects replication. Drivers compare the text: nothing else counts.
    #[must_use]
    pub fn selects_replication(&self, extra_specs: &BTreeMap<String, String>) -> bool {
        if self.replication_enabled_spec {
            return extra_specs.get(REPLICATION_ENABLED.0).map(String::as_str) == Some(REPLICATION_ENABLED.1);
        }
        let mut wanted = self.extra_specs.iter();
        wanted.all(|(key, value)| extra_specs.get(key) == Some(value))
    }

    /// The extra specs of a volume type whose volumes are replicated, as far as the driver alone decides them.
    #[must_use]
    pub fn specs_of_a_type(&self) -> BTreeMap<String, String> {
        let mut specs = self.extra_specs.clone();
        if self.replication_enabled_spec {
            specs.insert(REPLICATION_ENABLED.0.to_owned(), REPLICATION_ENABLED.1.to_owned());
        }
        specs
    }

    /// What `active_backend_id` says after a failover that was asked for with this `backend_id`; none if nobody can say before.
    #[must_use]
    pub fn active_after(&self, backend_id: Option<&str>) -> Option<String> {
        backend_id.map(str::to_owned).or_else(|| self.active_backend_id.clone())
    }
}
