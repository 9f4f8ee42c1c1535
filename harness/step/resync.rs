//! `resync`: the copy of a site that came back is thrown away, and made anew from the other one.

use serde::Serialize;

use super::verb::{Act, Compiled, GUEST, SITES, Step, Verb, image_at};
use super::{Action, ExpectReplicated};
use crate::document::{Field, Record, Shape};
use crate::failover::resync;
use crate::failure::Failure;
use crate::names::{ServerName, SiteName, VolumeName};
use crate::session::{Context, Judges};
use crate::state::{Disk, State};
use crate::targets::BudgetName;

/// `resync`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "resync",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "volume",
                    Shape::NameOrEach,
                    "The volume; its file system is mounted in the guest.",
                ),
                Field::required(
                    "at",
                    Shape::Word(&SITES),
                    "The site whose copy is discarded: not the one that guests write to.",
                ),
                GUEST,
            ],
            one_of: &[],
        }),
        "Brings back the copy of a site that was lost: demotes it if it is primary, waits until the site says split-brain, \
         resyncs it, and waits until it really replays: the image is there again, the site says up+replaying, and a marker \
         that the guest writes arrives.",
    ),
    checks: true,
    change: Some("the volume's image at that site: it is discarded and copied again; and a marker file in the guest"),
    budget: BudgetName::Replication,
    judges: Judges::Images,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let (volume, at, at_at) = image_at(state, step)?;
    let guest = guest?;
    state.needs_inactive(at, &at_at);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    let directory = state.directory_of(&volume, &guest, step.at)?;
    let marker = ExpectReplicated {
        volume: volume.clone(),
        guest: guest.clone(),
        to: at,
        directory,
    };
    let locks = vec![format!("image of volume {volume}"), format!("server {guest}")];
    Some(Compiled::locking(
        Action::Resync(Resync {
            volume,
            guest,
            at,
            marker,
        }),
        locks,
    ))
}

/// Makes a site's copy of a volume anew.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Resync {
    /// The volume.
    pub volume: VolumeName,
    /// The server whose guest writes the marker.
    pub guest: ServerName,
    /// The site whose copy is thrown away.
    pub at: SiteName,
    /// What shows that it replays.
    #[serde(skip)]
    pub marker: ExpectReplicated,
}

impl Act for Resync {
    fn describe(&self) -> String {
        format!(
            "copy volume {} to the {} site again: demote, resync, until a marker of {} arrives",
            self.volume, self.at, self.guest
        )
    }

    /// Demotes, resyncs, and waits until a marker arrives: the mirror's own status is no proof.
    ///
    /// # Errors
    /// As [`resync()`], or the marker did not arrive.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let resynced = resync(context, &self.volume, self.at).await?;
        let arrived = self.marker.run(context).await?;
        Ok(format!("{resynced}; {arrived}"))
    }
}
