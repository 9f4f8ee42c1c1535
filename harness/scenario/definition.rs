//! What a scenario holds, as it was written: names are not looked up yet.

use std::sync::Arc;
use std::time::Duration;

use super::needs::Need;
use crate::diagnostic::Location;
use crate::document::{Fields, Node, Placed};
use crate::names::{ScenarioName, ServerName, VolumeName};
use crate::step::Verb;

/// A scenario, as it was written.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// Its name.
    pub name: ScenarioName,
    /// What it proves, in one sentence.
    pub summary: String,
    /// The scenario that it goes on from.
    pub continues: Option<Continues>,
    /// Whether it runs only when its own file is named.
    pub only_by_name: bool,
    /// Words by which it can be selected.
    pub tags: Vec<String>,
    /// What the target must have, else it is skipped.
    pub(crate) needs: Vec<Need>,
    /// How long a server may wait for its data after a failover or failback, and where that is written.
    pub rto: Option<(Duration, Location)>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// Its servers.
    pub servers: Vec<Server>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The file that it was read from, as the user gave it.
    pub file: Arc<str>,
    /// The place of its name.
    pub at: Location,
    /// Whether the file had no errors. A scenario that had some is only good for finding more of them.
    pub complete: bool,
    /// Whether all names that it declares could be read.
    pub(crate) names_certain: bool,
}

/// The scenario that another one goes on from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Continues {
    /// Its name.
    pub name: ScenarioName,
    /// Where it is named.
    pub at: Location,
}

/// A volume, as it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Volume {
    /// Its name.
    pub name: VolumeName,
    /// The place of its name.
    pub at: Location,
    /// The name of its type in the target; none if it could not be read.
    pub(crate) volume_type: Option<Placed<String>>,
    /// Its size in GiB; none if it could not be read.
    pub(crate) size_gib: Option<u64>,
    /// The image that it is made from.
    pub(crate) image: Option<Placed<String>>,
}

/// A server, as it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Server {
    /// Its name.
    pub name: ServerName,
    /// The place of its name.
    pub at: Location,
    /// What it boots from; none if it could not be read.
    pub(crate) boot: Option<ServerBoot>,
}

/// What a server boots from, as it was written.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum ServerBoot {
    /// A volume of the scenario.
    Volume {
        /// Its name.
        name: String,
        /// Where it is named.
        at: Location,
    },
    /// An image.
    Image {
        /// Its name; `guest` is the target's guest image.
        name: String,
        /// Where it is named.
        at: Location,
    },
}

/// A step, as it was written.
#[derive(Clone, Debug)]
pub struct Step {
    /// The place of its verb.
    pub at: Location,
    /// Its verb; none if it could not be read.
    pub(crate) verb: Option<&'static Verb>,
    /// Its arguments; they may have faults if the scenario is not complete.
    pub(crate) arguments: Option<Node>,
    /// In which round of a `repeat` it is, in words.
    pub(crate) round: Option<String>,
}

impl Step {
    /// Whether it looks at what came of a failover: with its own eyes, or by a step that must fail.
    pub(crate) fn looks_at_the_outcome(&self) -> bool {
        let looks = |verb: &str| matches!(verb, "read" | "expect-connection" | "expect-workload");
        match self.verb.map(|verb| verb.field.key) {
            Some("expect-refused") => {
                let inner = self.fields().and_then(|fields| fields.record("step"));
                inner.is_some_and(|inner| inner.entries().any(|(verb, _, _)| looks(verb)))
            }
            verb => verb.is_some_and(looks),
        }
    }

    /// The arguments by name.
    pub(crate) fn fields(&self) -> Option<Fields<'_>> {
        self.arguments.as_ref().map(Fields::of)
    }
}
