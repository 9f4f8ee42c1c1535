//! `expect-mirrored`: both sites hold a volume, and agree on who is primary.

use crate::event::{Proof, SnapshotEvidence};
use crate::failover::{mirrored, primary_alone};
use crate::failure::{Failure, FailureKind};
use crate::servers::require_snapshot;
use crate::session::{Context, Judges};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Action;
use super::verb::{Act, Compiled, SITES, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{SiteName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-mirrored`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-mirrored",
        Shape::Record(&Record {
            fields: &[
                Field::required("volume", Shape::NameOrEach, "The volume."),
                Field::required(
                    "primary",
                    Shape::Word(&SITES),
                    "The site whose copy must be the primary one.",
                ),
                Field::optional(
                    "snapshot",
                    Shape::Name,
                    "Compares `rbd info` of both sites with the snapshot of this name.",
                ),
            ],
            one_of: &[],
        }),
        "Asks both sites: both hold the volume's image, of one size, mirrored under one global id and enabled; only one copy is \
         primary, and the other site replays it.",
    ),
    checks: true,
    change: None,
    budget: BudgetName::Replication,
    judges: Judges::Images,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let primary = state.site(step.arguments, "primary");
    state.asks_storage(step.at);
    if let Some((primary, _)) = &primary {
        state.needs_living(*primary, step.at);
    }
    let lost = primary
        .as_ref()
        .is_some_and(|(primary, _)| state.lost(primary.other()).is_some());
    let snapshot = step.arguments.text("snapshot");
    if let Some(snapshot) = &snapshot {
        state.checkpoint(&snapshot.value, &snapshot.at);
    }
    let (volume, (primary, _)) = (volume?, primary?);
    Some(Compiled::looking(Action::ExpectMirrored(ExpectMirrored {
        volume,
        primary,
        lost,
        snapshot: snapshot.map(|snapshot| snapshot.value),
    })))
}

/// Asks both sites for a volume's image and its mirroring.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectMirrored {
    /// The volume.
    pub volume: VolumeName,
    /// The site whose copy must be the primary one; the other's must not.
    pub primary: SiteName,
    /// Whether the other site is lost at this point: then it is not asked, and nothing is known of its copy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub lost: bool,
    /// The snapshot that `rbd info` of both sites is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
}

impl Act for ExpectMirrored {
    fn describe(&self) -> String {
        match self.lost {
            true => format!(
                "the {} site holds volume {}, and its copy is primary; the {} site is lost, and not asked",
                self.primary,
                self.volume,
                self.primary.other()
            ),
            false => format!(
                "both sites hold volume {}, and only the {} site's copy is primary",
                self.volume, self.primary
            ),
        }
    }

    /// Asks both sites until the image is primary on one and replaying on the other, in one journal-mode mirror.
    ///
    /// # Errors
    /// It did not come to that within the budget, or a site cannot be asked.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        if self.lost {
            return self.alone(context).await;
        }
        let found = mirrored(context, &self.volume, self.primary, FailureKind::Expectation).await?;
        // Cinder's driver enables journal mode only (`volume/drivers/rbd.py`, `_enable_replication`).
        if found.mode != "journal" {
            let lag = found.lag.as_deref().unwrap_or("not told");
            return Err(
                Failure::expectation(format!("volume {} is mirrored in mode {}", self.volume, found.mode))
                    .detail(
                        "expected",
                        "journal, the only mode in which Cinder's RBD driver mirrors",
                    )
                    .detail("seen", &found.mode)
                    .detail(
                        "lag",
                        format!("{} says: {lag}", context.site_name(self.primary.other())),
                    )
                    .help(
                        "the mirroring of the image was changed by hand: `rbd mirror image enable POOL/IMAGE journal`",
                    ),
            );
        }
        let snapshot = self.require_snapshot(context).await?;
        let primary = context.site_name(self.primary).to_owned();
        let following = context.site_name(self.primary.other()).to_owned();
        let done = format!(
            "volume {} is primary on {primary} and {} on {following}{snapshot}",
            self.volume, found.replaying
        );
        context.prove(Proof::Mirrored {
            volume: self.volume.to_string(),
            primary,
            global_id: found.global_id,
            mode: found.mode,
            replaying: found.replaying,
            milliseconds: found.waited.milliseconds(),
        });
        Ok(done)
    }
}

impl ExpectMirrored {
    /// What the site says whose copy must be primary, while the other one is lost.
    async fn alone(&self, context: &mut Context) -> Result<String, Failure> {
        let (here, lost) = (
            context.site_name(self.primary).to_owned(),
            context.site_name(self.primary.other()).to_owned(),
        );
        let mode = primary_alone(context, &self.volume, self.primary).await?;
        let unknown =
            format!("{lost} is lost, and was not asked: whether its copy says that it is primary, too, is not known");
        let done = format!("volume {} is primary on {here}; {unknown}", self.volume);
        context.prove(Proof::PrimaryAlone {
            volume: self.volume.to_string(),
            primary: here,
            mode,
            unknown,
        });
        Ok(done)
    }

    /// Compares `rbd info` of both sites with the step's snapshot, if it names one; what to add to the step's words.
    async fn require_snapshot(&self, context: &Context) -> Result<String, Failure> {
        let Some(checkpoint) = self.snapshot.as_deref() else {
            return Ok(String::new());
        };
        let image = context.volume(&self.volume)?.image();
        let mut infos = Map::new();
        for name in SiteName::ALL {
            let info = context.sites()?.at(name).image_info(&image).await?;
            let mirroring = info.mirroring.map(|mirroring| {
                json!({
                    "mode": mirroring.mode,
                    "state": mirroring.state,
                    "global_id": "<global-id>",
                    "primary": mirroring.primary,
                })
            });
            infos.insert(
                context.site_name(name).to_owned(),
                json!({
                    "name": format!("volume-<volume:{}>", self.volume),
                    "size": info.size,
                    "features": info.features,
                    "mirroring": mirroring,
                }),
            );
        }
        let what = format!("the rbd info of volume {}", self.volume);
        Ok(
            match require_snapshot(context, Some(checkpoint), &what, &Value::Object(infos))? {
                SnapshotEvidence::Matched { checkpoint } => format!("; snapshot {checkpoint} matches"),
                SnapshotEvidence::New { checkpoint, .. } => format!("; there is no snapshot {checkpoint} yet"),
                SnapshotEvidence::NotAsked => String::new(),
                SnapshotEvidence::NotConfigured => {
                    "; no snapshot compared, as the target names no snapshots folder".to_owned()
                }
            },
        )
    }
}
