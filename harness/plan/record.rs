//! A plan as the journal keeps it.

use super::Plan;
use crate::diagnostic::Location;
use crate::event::{PlaceRecord, PlanRecord, PlannedStepRecord};
use crate::state::Boot;

impl Plan {
    /// The plan as the journal keeps it.
    #[must_use]
    pub fn record(&self) -> PlanRecord {
        let volumes = self.volumes.iter().map(|volume| {
            let image = volume
                .image
                .as_ref()
                .map(|image| format!(", from image {image}"))
                .unwrap_or_default();
            format!(
                "volume {}: {} GiB, type {}{image}",
                volume.name, volume.size_gib, volume.volume_type.name
            )
        });
        let servers = self.servers.iter().map(|server| match &server.boot {
            Boot::Volume(volume) => format!("server {}: boots from volume {volume}", server.name),
            Boot::Image(image) => format!("server {}: boots from image {image}", server.name),
        });
        PlanRecord {
            scenario: self.scenario.to_string(),
            chain: self.chain.iter().map(ToString::to_string).collect(),
            makes: volumes.chain(servers).collect(),
            steps: self
                .steps
                .iter()
                .map(|step| PlannedStepRecord {
                    step: step.index,
                    scenario: step.scenario.to_string(),
                    verb: step.verb.to_owned(),
                    description: step.description.clone(),
                    at: place(&step.at),
                    budget: u64::try_from(step.budget.as_millis()).unwrap_or(u64::MAX),
                    changes: step.changes,
                    undo: step.undo.clone(),
                    locks: step.locks.clone(),
                })
                .collect(),
        }
    }
}

/// A place, as the journal keeps it.
pub(crate) fn place(at: &Location) -> PlaceRecord {
    PlaceRecord {
        file: at.file.to_string(),
        line: at.line,
        column: at.column,
        span: (at.span.start, at.span.end),
    }
}
