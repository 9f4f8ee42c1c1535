//! Learning what connection info says of each site, where no API tells it: by a first drill that looks at an attachment before the
//! failover, after it, and after the failback.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::yaml::{flow, flow_list, scalar};
use crate::cloud::AnswerRecord;
use crate::connection::ConnectionInfo;
use crate::diagnostic::SourceMap;
use crate::document::MemoryFiles;
use crate::drivers::DriverProfile;
use crate::failure::Failure;
use crate::launch::{Drill, DrillError, Inputs};
use crate::names::SiteName;
use crate::redaction::Secrets;
use crate::report::document::{Outcome, RunReport};
use crate::servers::attachment_of;
use crate::session::{Before, Context, Observer};
use crate::shell::{CommandObserver, CommandRecord};
use crate::targets::{Site, Target, Variables};

/// The file of the first drill's scenario, which exists in memory only.
const FILE: &str = "first-drill.yaml";
/// What `init` says in a target that has yet to learn it.
pub(super) const TO_LEARN: &str =
    "No API says what `connection` is: `cinder-drill init --learn` finds it by a first drill.";

/// What was learnt.
#[derive(Clone, Debug, PartialEq)]
pub struct Learnt {
    /// The fields that name the site, with their values at the primary and at the secondary one.
    pub connections: [BTreeMap<String, Value>; 2],
    /// What is to be known of them.
    pub notes: Vec<String>,
}

/// The first drill.
fn scenario(target: &Target) -> String {
    let sites = [Some(&target.sites.primary), target.sites.secondary.as_ref()];
    let asks = target.driver.profile.asks_rbd()
        && sites
            .iter()
            .all(|site| site.is_some_and(|site| site.shell.is_some() && site.pool.is_some()));
    // Where nobody can see that the data has arrived, or knows how long it takes, the failover goes without.
    let arrived = if asks || target.replication_interval.is_some() {
        "  - expect-replicated: { volume: root, guest: app, to: secondary }\n"
    } else {
        ""
    };
    let name = target
        .volume_types
        .keys()
        .find(|name| *name == "replicated")
        .or_else(|| target.volume_types.keys().next());
    let volume_type = name.map_or("replicated", String::as_str);
    format!(
        "scenario: first-drill\nsummary: Learns what connection info says of each site.\nresources:\n  volumes: {{ root: {{ type: \
         {volume_type}, size: 1GiB, image: guest }} }}\n  servers: {{ app: {{ boot: root }} }}\nsteps:\n  - write: {{ guest: app, path: \
         first-drill, text: \"before the first failover\" }}\n  - read: {{ guest: app, path: first-drill, same-as: written }}\n{arrived}  - \
         failover: {{ to: secondary }}\n  - reconnect: {{ server: app, by: shelve }}\n  - read: {{ guest: app, path: first-drill, same-as: \
         written }}\n  - failback: {{ to: primary }}\n  - reconnect: {{ server: app, by: shelve }}\n  - read: {{ guest: app, path: \
         first-drill, same-as: written }}\n"
    )
}

/// Drills once, and learns.
///
/// # Errors
/// The drill was refused or did not pass, the target knows its connections already, or the sites cannot be told apart by connection
/// info.
pub fn learn(
    target: &Path,
    prepare: impl FnOnce(Drill) -> Drill,
    run: impl FnOnce(Drill) -> Result<RunReport, DrillError>,
) -> Result<Learnt, DrillError> {
    let mut sources = SourceMap::default();
    let read = Target::load(target, &Variables::of_process(), &mut sources)
        .map_err(|diagnostics| DrillError::from(crate::launch::Faults { diagnostics, sources }))?;
    if let Some(site) = declaring(&read) {
        return Err(Failure::usage(format!(
            "{} declares the connection of {} already",
            target.display(),
            site.name
        ))
        .help("take `connection` out of both sites to learn it again")
        .into());
    }
    let seen = Arc::new(Learner::default());
    let files = MemoryFiles::new([(FILE, scenario(&read))]);
    let inputs = Inputs::of(vec![FILE.into()]).in_memory(files).on(target.to_owned());
    let drill = prepare(Drill::of(inputs)).observed_by(seen.clone());
    let report = run(drill)?;
    if report.outcome() != Outcome::Passed {
        return Err(Failure::new(
            crate::failure::FailureKind::Cloud,
            "the first drill did not pass, so nothing was learnt from it",
        )
        .help("the report above says why; fix that, and learn again")
        .into());
    }
    let seen = seen.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(of_readings(&seen, &read.driver.profile)?)
}

/// The first site whose connection a target declares.
fn declaring(target: &Target) -> Option<&Site> {
    let sites = [Some(&target.sites.primary), target.sites.secondary.as_ref()];
    sites
        .into_iter()
        .flatten()
        .find(|site| !site.connection.fields().is_empty())
}

/// What was read: at which site, and the fields.
type Reading = (SiteName, ConnectionInfo);

/// The fields that name each site.
fn of_readings(readings: &[Reading], profile: &DriverProfile) -> Result<Learnt, Failure> {
    let at = |site: SiteName| {
        readings
            .iter()
            .filter(move |(where_to, _)| *where_to == site)
            .map(|(_, info)| info)
    };
    let (Some(primary), Some(secondary)) = (at(SiteName::Primary).next(), at(SiteName::Secondary).next()) else {
        return Err(Failure::harness(
            "the first drill passed without a connection to each site",
        ));
    };
    let mut learnt = Learnt {
        connections: [BTreeMap::new(), BTreeMap::new()],
        notes: Vec::new(),
    };
    for field in &profile.fields.site {
        let (Some(one), Some(other)) = (primary.get(field), secondary.get(field)) else {
            continue;
        };
        if profile.fields.secrets.contains(field) || one == other {
            continue;
        }
        if !may_be_declared(one) || !may_be_declared(other) {
            learnt
                .notes
                .push(format!("{field} is not a list of texts, and is left out"));
            continue;
        }
        // It has to be the same again after the failback, but for what is drawn anew for each attachment.
        let is_random = profile.fields.random.contains(field);
        let is_unordered = profile.fields.unordered.contains(field);
        let again =
            at(SiteName::Primary).all(|info| info.get(field).is_some_and(|value| same(value, one, is_unordered)));
        if !again && !is_random {
            learnt
                .notes
                .push(format!("{field} had another value after the failback, and is left out"));
            continue;
        }
        if is_random {
            learnt.notes.push(format!(
                "{field} has one of several values: add the others of each site, as a list"
            ));
        }
        learnt.connections[0].insert(field.clone(), one.clone());
        learnt.connections[1].insert(field.clone(), other.clone());
    }
    if learnt.connections[0].is_empty() {
        return Err(Failure::cloud("connection info is the same at both sites")
            .detail("fields that could name a site", profile.fields.site.join(", "))
            .help("connection info of this driver does not tell the sites apart: leave `connection` out"));
    }
    Ok(learnt)
}

fn same(one: &Value, other: &Value, is_unordered: bool) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) if is_unordered => {
            let sorted = |list: &[Value]| {
                let mut texts: Vec<String> = list.iter().map(Value::to_string).collect();
                texts.sort();
                texts
            };
            sorted(one) == sorted(other)
        }
        _ => one == other,
    }
}

/// Whether a target may declare it.
fn may_be_declared(value: &Value) -> bool {
    match value {
        Value::Array(values) => values
            .iter()
            .all(|value| value.is_string() || value.is_number() || value.is_boolean()),
        Value::Object(_) | Value::Null => false,
        _ => true,
    }
}

impl Learnt {
    /// The line of a site in a target.
    #[must_use]
    pub fn line(&self, site: SiteName) -> String {
        let fields = &self.connections[usize::from(site == SiteName::Secondary)];
        let value = |value: &Value| match value {
            Value::String(text) => scalar(text),
            Value::Array(values) if values.iter().all(Value::is_string) => {
                flow_list(values.iter().filter_map(Value::as_str))
            }
            other => other.to_string(),
        };
        let fields = fields.iter().map(|(field, one)| (field.as_str(), value(one)));
        format!("connection: {}", flow(fields))
    }

    /// A target's file with both lines, below the names of its sites; none if these do not stand on lines of their own.
    #[must_use]
    pub fn put_into(&self, file: &Path, text: &str) -> Option<String> {
        let mut sources = SourceMap::default();
        let load = |text: &str, sources: &mut SourceMap| {
            let files = MemoryFiles::new([(file, text)]);
            Target::load_from(&files, file, &Variables::of_process(), sources).ok()
        };
        let target = load(text, &mut sources)?;
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut places: Vec<(usize, SiteName)> = SiteName::ALL
            .into_iter()
            .filter_map(|name| Some((target.sites.get(name)?.at.line, name)))
            .collect();
        // From below, so that no place moves.
        places.sort_unstable_by_key(|place| std::cmp::Reverse(place.0));
        for (line, site) in places {
            let named = lines.get(line - 1)?;
            let margin: String = named.chars().take_while(|one| *one == ' ').collect();
            named.trim_start().strip_prefix("name:")?;
            lines.insert(line, format!("{margin}{}", self.line(site)));
        }
        lines.retain(|line| line.trim() != format!("# {TO_LEARN}"));
        let text = lines.join("\n") + "\n";
        let declared =
            |site: SiteName, target: &Target| target.sites.get(site).map(|site| site.connection.fields().clone());
        let target = load(&text, &mut sources)?;
        let holds = SiteName::ALL
            .into_iter()
            .zip(&self.connections)
            .all(|(site, learnt)| declared(site, &target).as_ref() == Some(learnt));
        holds.then_some(text)
    }
}

/// Looks at the attachment before each reading.
#[derive(Default)]
struct Learner {
    seen: Mutex<Vec<Reading>>,
}

impl fmt::Debug for Learner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Learner")
    }
}

impl CommandObserver for Learner {
    fn ran(&self, _: &CommandRecord<'_>) {}
}

impl Observer for Learner {
    fn begins(&self, _: &Target, _: Option<&Path>, _: &Secrets) -> Result<(), Failure> {
        Ok(())
    }

    fn answered(&self, _: &AnswerRecord<'_>) {}

    fn logged(&self, _: &ConnectionInfo) {}

    fn before_step<'a>(&'a self, _: &str, verb: &str, context: &'a mut Context) -> Option<Before<'a>> {
        (verb == "read").then(|| Box::pin(self.look(context)) as Before<'a>)
    }
}

impl Learner {
    async fn look(&self, context: &mut Context) -> Result<(), Failure> {
        let site = context.backend_state.active();
        let volumes: Vec<_> = context.resources.volumes.keys().cloned().collect();
        let servers: Vec<_> = context.resources.servers.keys().cloned().collect();
        for (volume, server) in volumes.iter().zip(&servers) {
            let attachment = attachment_of(context, volume, server).await?;
            let info = ConnectionInfo::from(attachment.connection_info.clone());
            self.seen
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((site, info));
        }
        Ok(())
    }
}
