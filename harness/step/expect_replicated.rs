//! `expect-replicated`: what a guest writes now becomes readable at the other site.

use crate::event::Proof;
use crate::failure::Failure;
use crate::failure::FailureKind;
use crate::run::{Awaited, Context, Poll, until};
use serde::Serialize;

use super::verb::{Compiled, GUEST, SITES, Step, Verb};
use super::{Action, Disk};
use crate::plan::State;
use crate::scenario::document::{Field, Record, Shape};
use crate::scenario::{ServerName, VolumeName};
use crate::target::{BudgetName, SiteName};

/// `expect-replicated`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-replicated",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "volume",
                    Shape::Name,
                    "The volume; its file system is mounted in the guest.",
                ),
                GUEST,
                Field::required("to", Shape::Word(&SITES), "The site that must receive what is written."),
            ],
            one_of: &[],
        }),
        "Writes a fresh marker in a guest on a volume's file system, and waits until the other site's copy holds it.",
    ),
    checks: true,
    change: Some("a marker file in the guest"),
    budget: BudgetName::Replication,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let volume = state.volume(step.arguments, "volume");
    let guest = state.server(step.arguments, "guest");
    let to = state.site(step.arguments, "to");
    for site in SiteName::ALL {
        state.needs_storage(site, step.at);
    }
    let (volume, guest, (to, to_at)) = (volume?, guest?, to?);
    state.needs_inactive(to, &to_at);
    state.needs_current(&Disk::Volume(volume.clone()), step.at);
    let directory = state.directory_of(&volume, &guest, step.at)?;
    let replicated = ExpectReplicated {
        volume,
        guest,
        to,
        directory,
    };
    let locks = vec![format!("server {}", replicated.guest)];
    Some(Compiled {
        action: Action::ExpectReplicated(replicated),
        undo: None,
        locks,
    })
}

/// Writes a fresh marker in a guest on a volume's file system and waits until the other site's copy holds it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectReplicated {
    /// The volume.
    pub volume: VolumeName,
    /// The server that has the volume's file system.
    pub guest: ServerName,
    /// The site that must receive the marker; it is not the one that is written to.
    pub to: SiteName,
    /// Where the marker is written: the mount directory of a data volume, or empty for the home of the guest's user
    /// when the volume is the server's root.
    pub directory: String,
}

impl ExpectReplicated {
    /// What it does, in one line.
    #[must_use]
    pub fn describe(&self) -> String {
        format!(
            "a marker written in {} on volume {} becomes readable at the {} site",
            self.guest, self.volume, self.to
        )
    }
}

impl ExpectReplicated {
    /// Writes a marker in the guest, syncs it, and waits until its bytes are in the image of the other site. What the
    /// guest synced before the marker is there by then too, since a journal replays in order. The mirror's own status
    /// is no proof: it lags the data both ways.
    ///
    /// # Errors
    /// The marker did not arrive within the budget, or the guest or the site cannot be asked.
    pub async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let token = format!("cinder-drill-marker-{}", uuid::Uuid::new_v4().simple());
        let path = self.marker_path();
        context.guest(&self.guest)?.write_file(&path, token.as_bytes()).await?;
        let image = context.volume(&self.volume)?.image();
        let site = context.sites()?.at(self.to);
        let name = context.site_name(self.to).to_owned();
        let awaited = Awaited {
            what: &format!("the marker {path} of guest {}", self.guest),
            expected: &format!("readable in the image of volume {} on {name}", self.volume),
            budget: context.target.budgets.replication,
            on_timeout: FailureKind::Expectation,
        };
        let ((), waited) = until(&context.recorder, awaited, async || {
            match site.contains(&image, &token).await {
                Ok(true) => Ok(Poll::Ready(())),
                Ok(false) => Ok(Poll::NotYet(format!("the image on {name} does not hold it"))),
                Err(error) if error.is_no_such_image() => Ok(Poll::NotYet(format!("{name} has no image {image}"))),
                Err(error) => Err(error.into()),
            }
        })
        .await?;
        let milliseconds = waited.milliseconds();
        let done = format!(
            "a marker on volume {} was readable on {name} after {:.2} s",
            self.volume,
            waited.elapsed.as_secs_f64()
        );
        context.prove(Proof::Replicated {
            volume: self.volume.to_string(),
            to: name,
            milliseconds,
        });
        Ok(done)
    }

    /// The marker's path: in the directory that is on the volume.
    fn marker_path(&self) -> String {
        match self.directory.trim_end_matches('/') {
            "" => ".cinder-drill-marker".to_owned(),
            directory => format!("{directory}/.cinder-drill-marker"),
        }
    }
}
