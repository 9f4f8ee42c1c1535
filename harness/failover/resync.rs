//! Bringing back the copy of a site that a failover left while it was lost. The order that works on a real Ceph: demote the old
//! primary, wait until its site says split-brain, resync it, wait until it replays.

use serde::Serialize;

use crate::backend::PrimaryAt;
use crate::failure::{Failure, FailureKind};
use crate::names::{SiteName, VolumeName};
use crate::session::Context;
use crate::site::{RbdInfo, SiteError};
use crate::wait::{Awaited, Poll, until};

/// How it shows that two copies went ways of their own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SplitBrain {
    /// Both are primary.
    TwoPrimaries,
    /// The daemon of the stale one's site says so.
    Error,
}

/// Waits until it shows that the copies of a volume went ways of their own.
///
/// # Errors
/// It did not within the budget, or a site does not answer.
pub async fn split_brain(
    context: &Context,
    name: &VolumeName,
    at: SiteName,
    shows: SplitBrain,
) -> Result<String, Failure> {
    let (there, other) = (
        context.site_name(at).to_owned(),
        context.site_name(at.other()).to_owned(),
    );
    let what = format!("the mirror of volume {name}");
    let expected = match shows {
        SplitBrain::TwoPrimaries => format!("primary on {there} and on {other}"),
        SplitBrain::Error => format!("in split-brain, as {there} says"),
    };
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Expectation,
    };
    let image = context.volume(name)?.image();
    let sites = context.sites()?;
    let ((), waited) = until(&context.recorder, awaited, async || match shows {
        SplitBrain::TwoPrimaries => {
            let primary = sites.primary.image_info(&image).await?;
            let secondary = sites.secondary.image_info(&image).await?;
            let at = PrimaryAt::of(flag(&primary), flag(&secondary));
            Ok(match at {
                PrimaryAt::Both => Poll::Ready(()),
                other => Poll::NotYet(other.words(|site| context.site_name(site))),
            })
        }
        SplitBrain::Error => {
            let status = sites.at(at).mirror_status(&image).await?;
            Ok(match status.is_split_brain() {
                true => Poll::Ready(()),
                false => Poll::NotYet(format!("{there} says {} ({})", status.state, status.description)),
            })
        }
    })
    .await?;
    Ok(format!(
        "volume {name} is {expected}, seen after {:.1} s",
        waited.elapsed.as_secs_f64()
    ))
}

fn flag(info: &RbdInfo) -> Option<bool> {
    info.mirroring.as_ref().map(|mirroring| mirroring.primary)
}

/// Demotes the image of a volume at the site that is not active, if it is primary there.
///
/// # Errors
/// The other site does not have the primary image (then nothing is changed: the data may be here), or the command failed.
pub async fn demote(context: &Context, name: &VolumeName, at: SiteName) -> Result<String, Failure> {
    let image = context.volume(name)?.image();
    let sites = context.sites()?;
    let (stale, kept) = (sites.at(at), sites.at(at.other()));
    let of_kept = flag(&kept.image_info(&image).await?);
    if of_kept != Some(true) {
        return Err(Failure::cloud(format!(
            "volume {name} is not primary on {}, so that its copy on {} may be the only good one",
            kept.name(),
            stale.name()
        ))
        .detail("expected", format!("primary on {}", kept.name()))
        .help(format!(
            "nothing was demoted: look at `rbd info` on both sites; only the copy that nobody needs may be demoted and resynced, and \
             never the one that guests have written to since the failover ({})",
            kept.name()
        )));
    }
    if flag(&stale.image_info(&image).await?) != Some(true) {
        return Ok(format!("volume {name} is not primary on {} already", stale.name()));
    }
    let command = stale.image_command("mirror image demote", &image);
    stale.perform(&format!("demote image {image}"), &command).await?;
    Ok(format!("volume {name} is demoted on {}", stale.name()))
}

/// Makes the image of a volume primary again that is primary nowhere. The storage refuses until the site has heard of the demotion,
/// so that it is tried again within the budget; never by force.
///
/// # Errors
/// It is primary somewhere already, a site does not answer, or the storage refuses.
pub async fn promote(context: &Context, name: &VolumeName, at: SiteName) -> Result<String, Failure> {
    let image = context.volume(name)?.image();
    let sites = context.sites()?;
    let site = sites.at(at);
    let what = format!("volume {name}");
    let expected = format!("primary on {}", site.name());
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Expectation,
    };
    let command = site.image_command("mirror image promote", &image);
    let mut promoted = false;
    let ((), waited) = until(&context.recorder, awaited, async || {
        let primary = sites.primary.image_info(&image).await?;
        let secondary = sites.secondary.image_info(&image).await?;
        let seen = PrimaryAt::of(flag(&primary), flag(&secondary));
        let words = seen.words(|site| context.site_name(site));
        match seen {
            PrimaryAt::Site(there) if there == at && promoted => Ok(Poll::Ready(())),
            PrimaryAt::Nowhere => {
                // What it says after the one that succeeded is older than that.
                let tried = site.perform(&format!("promote image {image}"), &command).await;
                promoted |= tried.is_ok();
                Ok(Poll::NotYet(tried.err().map_or(words, |error| error.summary())))
            }
            _ => Err(Failure::cloud(format!("volume {name} is not primary nowhere: {words}"))
                .detail("expected", "primary on neither site")
                .help("nothing was promoted: two primaries would be two histories")),
        }
    })
    .await?;
    Ok(format!(
        "{what} is {expected} again, after {:.1} s",
        waited.elapsed.as_secs_f64()
    ))
}

/// Makes the copy of a volume anew at the site that is not active, from the other one's.
///
/// # Errors
/// The other site does not have the primary image, a command failed, or the site does not replay within the budget.
pub async fn resync(context: &Context, name: &VolumeName, at: SiteName) -> Result<String, Failure> {
    let image = context.volume(name)?.image();
    let site = context.sites()?.at(at);
    let there = site.name().to_owned();
    let demoted = demote(context, name, at).await?;
    let what = format!("the mirror of volume {name}");
    let expected = format!("in split-brain or replaying, as {there} says after its demotion");
    let awaited = Awaited {
        what: &what,
        expected: &expected,
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Cloud,
    };
    // What it said before the demotion is said for some seconds more.
    let mut replaying = 0;
    let (is_split, _) = until(&context.recorder, awaited, async || {
        let status = site.mirror_status(&image).await?;
        replaying = if status.is_replaying() { replaying + 1 } else { 0 };
        Ok(match status.is_split_brain() {
            true => Poll::Ready(true),
            false if replaying > 3 => Poll::Ready(false),
            false => Poll::NotYet(format!("{there} says {} ({})", status.state, status.description)),
        })
    })
    .await?;
    if !is_split {
        return Ok(format!("{demoted}, and follows without a resync"));
    }
    let before = site.image_info(&image).await?.id;
    let command = site.image_command("mirror image resync", &image);
    site.perform(&format!("resync image {image}"), &command).await?;
    let waited = anew(context, name, at, &image, &before).await?;
    Ok(format!(
        "{demoted}, said split-brain, and was copied again from {} in {waited:.1} s",
        context.site_name(at.other())
    ))
}

/// Waits until the image is another one than before, and replays; how many seconds that took.
async fn anew(context: &Context, name: &VolumeName, at: SiteName, image: &str, before: &str) -> Result<f64, Failure> {
    let site = context.sites()?.at(at);
    let there = site.name().to_owned();
    let what = format!("the copy of volume {name} on {there}");
    let awaited = Awaited {
        what: &what,
        expected: "another image than before, that replays",
        budget: context.target.budgets.replication,
        on_timeout: FailureKind::Expectation,
    };
    let mut still_split = false;
    let waited = until(&context.recorder, awaited, async || {
        still_split = false;
        let gone = || {
            Ok(Poll::NotYet(format!(
                "{there} has no such image, or is about to make it"
            )))
        };
        let info = match site.image_info(image).await {
            Err(error) if error.is_no_such_image() => return gone(),
            info => info?,
        };
        let status = match site.mirror_status(image).await {
            Err(error) if error.is_no_such_image() || matches!(error, SiteError::MirroringDisabled { .. }) => {
                return gone();
            }
            status => status?,
        };
        let is_new = info.id != before;
        still_split = !is_new && status.is_split_brain();
        Ok(match is_new && status.is_replaying() && flag(&info) == Some(false) {
            true => Poll::Ready(()),
            false => Poll::NotYet(format!(
                "{there} says {}{}",
                status.state,
                if is_new {
                    ""
                } else {
                    ", of the image that was to be discarded"
                }
            )),
        })
    })
    .await;
    match waited {
        Ok(((), waited)) => Ok(waited.elapsed.as_secs_f64()),
        Err(error) if still_split => Err(Failure::from(error)
            .because(format!(
                "the mirror of volume {name} is in split-brain on {there}, though its copy was flagged for a resync"
            ))
            .help(format!(
                "rbd-mirror at {there} does not take the flag up: see its log, and `rbd mirror image status` there; do not fail back \
                 before a marker arrives"
            ))),
        Err(error) => Err(error.into()),
    }
}
