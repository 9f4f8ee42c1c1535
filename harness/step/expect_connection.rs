//! `expect-connection`: the connection info of a volume names a site.

use serde::Serialize;

use super::Action;
use super::verb::{Compiled, SITES, Step, Verb};
use crate::plan::State;
use crate::scenario::VolumeName;
use crate::scenario::document::{Field, Record, Shape};
use crate::target::{BudgetName, SiteName};

/// `expect-connection`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-connection",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::Name, "The volume; it is attached."),
                Field::required(
                    "site",
                    Shape::Word(&SITES),
                    "The site that its connection info must name.",
                ),
                Field::optional(
                    "snapshot",
                    Shape::Name,
                    "A checkpoint: the connection info is also compared with the snapshot of this name.",
                ),
            ],
            one_of: &[],
        }),
        "Compares a volume's connection info (of the attachments API and of cinder-volume's log) with what the target \
         says of a site.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Command,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let site = state.site(step.arguments, "site");
    let snapshot = step.arguments.text("snapshot");
    if let Some(snapshot) = &snapshot {
        state.checkpoint(&snapshot.value, &snapshot.at);
    }
    let (volume, (site, site_at)) = (volume?, site?);
    state.needs_connection(&volume, step.at);
    state.needs_connection_fields(site, &site_at);
    let action = Action::ExpectConnection(ExpectConnection {
        volume,
        site,
        snapshot: snapshot.map(|name| name.value),
    });
    Some(Compiled {
        action,
        undo: None,
        locks: Vec::new(),
    })
}

/// Compares a volume's connection info with what the target says of a site.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectConnection {
    /// The volume; it is attached.
    pub volume: VolumeName,
    /// The site that its connection must name.
    pub site: SiteName,
    /// The checkpoint under which the connection info is compared with a snapshot.
    pub snapshot: Option<String>,
}

impl ExpectConnection {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        let snapshot = self
            .snapshot
            .as_ref()
            .map(|name| format!(" (snapshot {name})"))
            .unwrap_or_default();
        format!(
            "the connection info of volume {} names the {} site{snapshot}",
            self.volume, self.site
        )
    }
}
