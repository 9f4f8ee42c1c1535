//! From the text of a file to the profiles in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::{
    ActiveActive, BackendIdRule, DriverProfile, FailbackBy, FailbackRules, FieldRules, Groups, Mode, Moves,
    ReplicationDevice, StorageTool, TargetsInStats, UnknownTarget, WithoutPreparation,
};
use super::fault::NoProfile;
use super::shape::FILE;
use crate::diagnostic::{Diagnostic, Diagnostics, Location};
use crate::document::{self, Fields, Node, Shape, Value};

/// What Cinder's manager adds to every connection info and a failover does not change (`volume/manager.py`,
/// `_parse_connection_options` and `_connection_create`).
const OF_THE_MANAGER: [&str; 7] = [
    "volume_id",
    "driver_volume_type",
    "access_mode",
    "encrypted",
    "qos_specs",
    "cacheable",
    "enforce_multipath",
];

/// A driver's file: one profile for each of its protocols in each of its modes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DriverFile {
    /// The driver.
    pub driver: String,
    /// Who makes the storage, and what it is.
    pub title: String,
    /// What it can move.
    pub moves: Moves,
    /// Its keys in Cinder's support matrix.
    pub matrix: Vec<String>,
    /// Its profiles. None if the driver moves nothing.
    pub profiles: Vec<DriverProfile>,
}

impl DriverFile {
    /// Reads a file and finds every fault of it. `file` is what faults call it.
    ///
    /// # Errors
    /// All faults of the file.
    pub(crate) fn read(file: &Arc<str>, text: &str) -> Result<DriverFile, Diagnostics> {
        let help = "a driver profile begins with `driver: NAME`";
        let root = document::parse_whole(file, text, "expected a driver profile", help)?;
        let start = root.start().clone();
        let mut faults = Diagnostics::default();
        document::check(
            &root,
            &Shape::Record(&FILE),
            ("the driver profile", &start),
            &mut faults,
        );
        let mut reader = Reader { faults };
        let read = reader.file(Fields::of(&root), &start);
        match read {
            Some(read) if !reader.faults.has_errors() => Ok(read),
            _ => Err(reader.faults),
        }
    }

    /// Which of its profiles a name means. Of a protocol or mode of which there is one, the name need not say it.
    ///
    /// # Errors
    /// None, or several.
    pub fn profile(&self, name: &str) -> Result<&DriverProfile, NoProfile> {
        if let Moves::Nothing(because) = &self.moves {
            let (name, because) = (name.to_owned(), because.clone());
            return Err(NoProfile::MovesNothing { name, because });
        }
        if let Some(found) = self
            .profiles
            .iter()
            .find(|profile| names_of(self, profile).any(|one| one == name))
        {
            return Ok(found);
        }
        let name = name.to_owned();
        let begins = |profile: &&DriverProfile| {
            profile
                .name
                .strip_prefix(&name)
                .is_some_and(|rest| rest.starts_with('-'))
        };
        let candidates: Vec<String> = self
            .profiles
            .iter()
            .filter(begins)
            .map(|one| one.name.clone())
            .collect();
        Err(if candidates.is_empty() {
            NoProfile::Unknown { name }
        } else {
            NoProfile::Ambiguous { name, candidates }
        })
    }
}

/// All names that mean a profile, the shown one first.
pub(super) fn names_of<'a>(file: &'a DriverFile, profile: &'a DriverProfile) -> impl Iterator<Item = String> + 'a {
    let several = |of: fn(&DriverProfile) -> &str| file.profiles.iter().any(|other| of(other) != of(profile));
    let protocols: &[bool] = if several(|one| &one.protocol_name) {
        &[true]
    } else {
        &[false, true]
    };
    let modes: &[bool] = if several(|one| &one.mode.name) {
        &[true]
    } else {
        &[false, true]
    };
    protocols
        .iter()
        .flat_map(move |protocol| modes.iter().map(move |mode| (*protocol, *mode)))
        .map(|(protocol, mode)| {
            let mut name = file.driver.clone();
            for (with, part) in [(protocol, &profile.protocol_name), (mode, &profile.mode.name)] {
                if with {
                    name.push('-');
                    name.push_str(part);
                }
            }
            name
        })
}

struct Reader {
    faults: Diagnostics,
}

impl Reader {
    fn file(&mut self, fields: Fields<'_>, start: &Location) -> Option<DriverFile> {
        let driver = fields.text("driver");
        let because = fields.text("because").map(|text| text.value);
        let moves = match (fields.text("moves").map(|word| word.value).as_deref(), because) {
            (None | Some("backend"), _) => Moves::Backend,
            (Some("groups"), because) => Moves::Groups(because.unwrap_or_default()),
            (Some(_), because) => Moves::Nothing(because.unwrap_or_default()),
        };
        if matches!(&moves, Moves::Groups(because) | Moves::Nothing(because) if because.is_empty()) {
            self.faults.push(
                Diagnostic::error("missing-field", "the driver profile needs `because`")
                    .at(start, "")
                    .note("`because`: Why it cannot move a backend. Shown where a target names it."),
            );
        }
        let moves_something = !matches!(moves, Moves::Nothing(_));
        for key in ["protocols", "modes"] {
            let is_empty = fields
                .record(key)
                .is_none_or(|record| record.entries().next().is_none());
            if moves_something && is_empty {
                self.faults.push(
                    Diagnostic::error("missing-field", format!("the driver profile needs `{key}`"))
                        .at(start, "")
                        .note("a profile is a driver with a protocol in a mode"),
                );
            }
        }
        let mut file = DriverFile {
            driver: driver?.value,
            title: fields.text("title")?.value,
            moves,
            matrix: texts(fields, "matrix"),
            profiles: Vec::new(),
        };
        if let (true, Some(protocols), Some(modes)) =
            (moves_something, fields.record("protocols"), fields.record("modes"))
        {
            for (protocol, at, rules) in protocols.entries() {
                self.modes_are_known(Fields::of(rules), modes);
                for (mode, _, about) in modes.entries() {
                    let profile = self.profile(
                        fields,
                        &file,
                        (protocol, at, Fields::of(rules)),
                        (mode, Fields::of(about)),
                    );
                    file.profiles.extend(profile);
                }
            }
        }
        let names: Vec<String> = file
            .profiles
            .iter()
            .filter_map(|profile| names_of(&file, profile).next())
            .collect();
        for (profile, name) in file.profiles.iter_mut().zip(names) {
            profile.name = name;
        }
        Some(file)
    }

    fn modes_are_known(&mut self, protocol: Fields<'_>, modes: Fields<'_>) {
        let Some(in_mode) = protocol.record("in-mode") else {
            return;
        };
        for (name, at, _) in in_mode.entries() {
            if modes.get(name).is_none() {
                let known: Vec<String> = modes.entries().map(|(name, _, _)| format!("`{name}`")).collect();
                self.faults.push(
                    Diagnostic::error("unknown-mode", format!("the driver has no mode `{name}`"))
                        .at(at, format!("expected {}", known.join(" or "))),
                );
            }
        }
    }

    fn profile(
        &mut self,
        fields: Fields<'_>,
        file: &DriverFile,
        (protocol_name, at, protocol): (&str, &Location, Fields<'_>),
        (mode_name, mode): (&str, Fields<'_>),
    ) -> Option<DriverProfile> {
        let rules = self.rules(protocol, mode_name, at);
        let failover = fields.record("failover");
        let active_active = fields.record("active-active");
        let device = fields.record("replication-device");
        let word = |of: Option<Fields<'_>>, key: &str| of.and_then(|fields| fields.text(key)).map(|text| text.value);
        let mut sources = texts(fields, "sources");
        for part in [
            failover,
            fields.record("failback"),
            fields.record("groups"),
            active_active,
            device,
            Some(protocol),
        ] {
            sources.extend(part.iter().flat_map(|part| texts(*part, "sources")));
        }
        let mut notes = texts(fields, "notes");
        notes.extend(texts(protocol, "notes"));
        let refused = texts(fields, "refuses");
        let refuses = |work: &str| refused.iter().any(|refused| refused == work);
        let mut extra_specs = properties(fields, "extra-specs");
        extra_specs.extend(properties(mode, "extra-specs"));
        Some(DriverProfile {
            name: String::new(),
            driver: file.driver.clone(),
            title: file.title.clone(),
            classes: texts(fields, "classes"),
            matrix: file.matrix.clone(),
            read_at: fields.text("read-at").map(|text| text.value),
            moves: file.moves.clone(),
            storage: fields.text("storage").map(|_| StorageTool::Rbd),
            protocol_name: protocol_name.to_owned(),
            protocol: protocol.text("driver-volume-type")?.value,
            fields: rules,
            mode: Mode {
                name: mode_name.to_owned(),
                about: mode.text("about")?.value,
                asynchronous: mode.boolean("asynchronous")?,
            },
            backend_id: match word(failover, "backend-id").as_deref() {
                Some("required") => BackendIdRule::Required,
                Some("leave-out") => BackendIdRule::LeaveOut,
                _ => BackendIdRule::Optional,
            },
            unknown_target: match word(failover, "unknown-backend-id").as_deref() {
                Some("breaks") => UnknownTarget::Breaks,
                Some("accepted") => UnknownTarget::Accepted,
                _ => UnknownTarget::Refused,
            },
            active_backend_id: word(failover, "active-backend-id"),
            status_away: word(failover, "volumes").unwrap_or_else(|| "failed-over".to_owned()),
            failback: failback_rules(mode.record("failback").or_else(|| fields.record("failback"))),
            retypes: !refuses("retype"),
            works_away: !refuses("work-while-away"),
            groups: fields.record("groups").map_or_else(Groups::default, groups),
            active_active: ActiveActive {
                claimed: active_active
                    .and_then(|fields| fields.boolean("claimed"))
                    .unwrap_or(false),
                fails_back: active_active.and_then(|fields| fields.boolean("fails-back")),
                because: word(active_active, "because"),
            },
            extra_specs,
            needed_specs: texts(mode, "needs-extra-specs"),
            replication_enabled_spec: fields.boolean("replication-enabled-spec").unwrap_or(true),
            replication_device: device.map_or_else(ReplicationDevice::default, |device| ReplicationDevice {
                required: texts(device, "required"),
                optional: texts(device, "optional"),
                secrets: texts(device, "secrets"),
                most: device.integer("most").and_then(|most| most.try_into().ok()),
            }),
            targets: match fields.text("targets-in-stats").map(|word| word.value).as_deref() {
                Some("others") => TargetsInStats::Others,
                _ => TargetsInStats::BackendIds,
            },
            sources,
            notes,
        })
    }

    /// What the fields mean with this protocol in this mode.
    fn rules(&mut self, protocol: Fields<'_>, mode: &str, at: &Location) -> FieldRules {
        let in_mode = protocol.record("in-mode").and_then(|modes| modes.record(mode));
        let both = |key: &str| {
            let mut fields = texts(protocol, key);
            fields.extend(in_mode.iter().flat_map(|rules| texts(*rules, key)));
            fields
        };
        let mut rules = FieldRules {
            site: both("site"),
            volume_at_site: both("volume-at-site"),
            keep: both("keep"),
            may_change: both("may-change"),
            unordered: texts(protocol, "unordered"),
            paired: protocol.list("paired").iter().map(texts_of).collect(),
            random: texts(protocol, "random"),
            may_be_absent: texts(protocol, "may-be-absent"),
            secrets: texts(protocol, "secrets"),
            both_sites: in_mode
                .and_then(|rules| rules.boolean("both-sites"))
                .or_else(|| protocol.boolean("both-sites"))
                .unwrap_or(false),
            image: protocol.text("image").map(|text| text.value),
        };
        self.make_sense(&rules, protocol, in_mode, at);
        let added = OF_THE_MANAGER.iter().map(|field| (*field).to_owned());
        let added: Vec<String> = added.filter(|field| !rules.may_change.contains(field)).collect();
        rules.keep.extend(added);
        rules.may_change.push("attachment_id".to_owned());
        rules
    }

    /// Faults of lists that contradict each other.
    fn make_sense(&mut self, rules: &FieldRules, protocol: Fields<'_>, in_mode: Option<Fields<'_>>, at: &Location) {
        let place = |key: &str, field: &str| {
            let lists = in_mode.into_iter().chain([protocol]);
            let nodes = lists.flat_map(|fields| fields.list(key));
            nodes
                .filter(|node| node.text() == Some(field))
                .map(|node| node.at.clone())
                .next()
        };
        let lists = [
            ("site", &rules.site),
            ("volume-at-site", &rules.volume_at_site),
            ("keep", &rules.keep),
            ("may-change", &rules.may_change),
        ];
        for (index, (name, fields)) in lists.iter().enumerate() {
            for (other, others) in &lists[index + 1..] {
                for field in fields.iter().filter(|field| others.contains(field)) {
                    let here = place(other, field).unwrap_or_else(|| at.clone());
                    let first = place(name, field).unwrap_or_else(|| at.clone());
                    let fault =
                        Diagnostic::error("contradiction", format!("`{field}` is in `{name}` and in `{other}`"))
                            .at(&here, "")
                            .because(&first, "the first one is here")
                            .help("a field either names the site, or keeps its value, or may change");
                    self.add(fault);
                }
            }
        }
        for (key, fields) in [("random", &rules.random), ("may-be-absent", &rules.may_be_absent)] {
            for field in fields
                .iter()
                .filter(|field| key == "random" && !rules.site.contains(field))
            {
                let here = place(key, field).unwrap_or_else(|| at.clone());
                self.add(
                    Diagnostic::error("contradiction", format!("`{field}` is in `{key}` and not in `site`"))
                        .at(&here, "")
                        .help("it matters only for a field that names the site, because no other is compared"),
                );
            }
        }
        for (group, node) in rules.paired.iter().zip(protocol.list("paired")) {
            if group.len() < 2 {
                self.add(
                    Diagnostic::error(
                        "contradiction",
                        format!("`{}` has no other field to belong to", group.join(", ")),
                    )
                    .at(&node.at, "expected two fields or more"),
                );
            }
        }
        if rules.both_sites && rules.site.is_empty() {
            self.add(
                Diagnostic::error(
                    "contradiction",
                    "connection info leads to both sites, and no field names a site",
                )
                .at(at, "")
                .help("list the fields that name the sites in `site`"),
            );
        }
    }

    /// Adds a fault, unless it is known: what holds in all modes is looked at once a mode.
    fn add(&mut self, fault: Diagnostic) {
        if !self.faults.iter().any(|known| *known == fault) {
            self.faults.push(fault);
        }
    }
}

fn failback_rules(fields: Option<Fields<'_>>) -> FailbackRules {
    let word = |key: &str| fields.and_then(|fields| fields.text(key)).map(|text| text.value);
    FailbackRules {
        by: match word("by").as_deref() {
            Some("again") => FailbackBy::Again,
            Some("never") => FailbackBy::Never,
            _ => FailbackBy::Default,
        },
        status: word("volumes").unwrap_or_else(|| "enabled".to_owned()),
        before: word("before"),
        only_unplanned: word("when").as_deref() == Some("unplanned"),
        without: match word("without-that").as_deref() {
            Some("refused") => WithoutPreparation::Refused,
            Some("loses-writes") => WithoutPreparation::LosesWrites,
            Some("volumes-fail") => WithoutPreparation::VolumesFail,
            _ => WithoutPreparation::FailsBack,
        },
    }
}

fn groups(fields: Fields<'_>) -> Groups {
    Groups {
        failover: fields.boolean("failover").unwrap_or(false),
        consistent_only: fields.boolean("consistent-only").unwrap_or(false),
        connection_moves: fields.boolean("connection-moves"),
        claimed_without_code: fields.boolean("claimed-without-code").unwrap_or(false),
    }
}

fn texts(fields: Fields<'_>, key: &str) -> Vec<String> {
    let nodes = fields.list(key).iter();
    nodes.filter_map(Node::text).map(str::to_owned).collect()
}

fn texts_of(node: &Node) -> Vec<String> {
    match &node.value {
        Value::List(nodes) => nodes.iter().filter_map(Node::text).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn properties(fields: Fields<'_>, key: &str) -> BTreeMap<String, String> {
    let record = fields.record(key);
    let entries = record.iter().flat_map(|record| record.entries());
    entries
        .filter_map(|(name, _, node)| Some((name.to_owned(), node.text()?.to_owned())))
        .collect()
}
