//! Whether the site that is left can tell the other one of its demotion.

use super::unreachable_site;
use crate::failure::{Cause, Failure, FailureKind};
use crate::names::SiteName;
use crate::session::Context;
use crate::site::MirrorStatus;
use crate::wait::{Awaited, Poll, until};

/// Before a planned failover to `to`: the site that is left hears of the other one's rbd-mirror. Cut off from it, the demotion of
/// an image does not arrive there, so the driver's promotion is refused, and the volume is in `failover-error` and primary nowhere.
/// The copy itself says `up+replaying` all the while: it cannot know better. One image stands for all, since the link is one.
///
/// # Errors
/// The site did not hear of it within the budget, or does not answer.
pub(super) async fn require_link(context: &Context, to: SiteName) -> Result<(), Failure> {
    let mut replicated = context.resources.volumes.values().filter(|made| made.replicated);
    let (Some(made), Some(sites)) = (replicated.next(), &context.sites) else {
        return Ok(());
    };
    let (left, there) = (context.site_name(to.other()), context.site_name(to));
    let what = format!("the link between {left} and {there}");
    let expected = format!("{left} hears of rbd-mirror at {there}");
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Cloud,
    };
    let site = sites.at(to.other());
    let mut cut = false;
    let heard = until(&context.recorder, awaited, async || {
        let status: MirrorStatus = site.mirror_status(&made.image()).await?;
        cut = status.lost_peers().is_some();
        Ok(match status.lost_peers() {
            Some(says) => Poll::NotYet(format!("{left} says {says} of {there}")),
            None => Poll::Ready(()),
        })
    })
    .await;
    match heard {
        Ok(_) => Ok(()),
        Err(error) if cut => Err(Failure::from(error)
            .because(format!("{left} does not hear of rbd-mirror at {there}: the link between them is cut"))
            .caused_by(Cause::LinkCut)
            .help(format!(
                "a demotion at {left} would not arrive at {there}, and the volumes would be primary nowhere, in \
                 failover-error: repair the link first, and check `rbd mirror pool status` at both sites; if {left} is lost \
                 too, it is a failover `because: site-lost`"
            ))),
        Err(error) => Err(unreachable_site::named(context, to, error.into()).await),
    }
}
