//! `unmount`: the file system of a volume is unmounted.

use crate::failover::hanging_disk;
use crate::failure::Failure;
use crate::session::{Context, Judges};
use serde::Serialize;

use super::Action;
use super::verb::{Act, Compiled, GUEST, Step, Verb};
use crate::document::{Field, Record, Shape};
use crate::names::{ServerName, VolumeName};
use crate::state::State;
use crate::targets::BudgetName;

/// `unmount`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "unmount",
        Shape::Record(&Record {
            fields: &[
                GUEST,
                Field::required("volume", Shape::NameOrEach, "The volume; it is mounted there."),
            ],
            one_of: &[],
        }),
        "Unmounts the file system of a volume.",
    ),
    checks: false,
    change: Some("the guest's file system tree"),
    budget: BudgetName::Command,
    // Its attachment is the one from before: who renews connections unmounts first.
    judges: Judges::Renewals,
    compile,
};

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let guest = state.server(step.arguments, "guest");
    let volume = state.volume(step.arguments, "volume");
    let (guest, volume) = (guest?, volume?);
    let at = state.unmounts(&guest, &volume, step.at);
    let unmount = Unmount { guest, volume, at };
    let locks = vec![format!("server {}", unmount.guest)];
    Some(Compiled::locking(Action::Unmount(unmount), locks))
}

/// Unmounts a volume's file system.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Unmount {
    /// The server whose guest does it.
    pub guest: ServerName,
    /// The volume; it is mounted there.
    pub volume: VolumeName,
    /// The directory that it is mounted at.
    pub at: String,
}

impl Act for Unmount {
    fn describe(&self) -> String {
        format!("unmount volume {} in {} from {}", self.volume, self.guest, self.at)
    }

    /// Unmounts the volume's file system. A guest whose disk was lost by a failover cannot unmount it in order: then it
    /// is detached lazily, and that is said.
    ///
    /// # Errors
    /// It is still mounted afterwards; or its disk does not answer at all, so that no running guest gives it up.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        let hangs = context.end_workloads_on(&self.volume, "its volume was unmounted").await;
        if hangs && let Some(hanging) = hanging_disk::look(context, &self.guest, &self.volume).await {
            return Err(hanging.failure());
        }
        let unmounted = match context.guest(&self.guest)?.unmount(&self.at, hangs).await {
            Ok(unmounted) => unmounted,
            Err(error) => {
                return Err(hanging_disk::explain(context, &self.guest, &self.volume, error.into()).await);
            }
        };
        if unmounted.lazily {
            context.notice(format!(
                "{} could only unmount {} lazily: its disk did not answer any more",
                self.guest, self.at
            ));
        }
        let how = if unmounted.lazily { " lazily" } else { "" };
        Ok(format!("{} unmounted {}{how}", self.guest, self.at))
    }
}
