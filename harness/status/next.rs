//! What comes next, in order, for the state that is seen. A site that is silent is no evidence of anything but its silence.

use std::collections::BTreeMap;

use super::look::{Look, VolumeLook};
use crate::backend::{Place, PrimaryAt, Standing, Unfit};
use crate::names::SiteName;
use crate::targets::Target;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    /// What it is for, or what has to be done.
    pub why: String,
    /// The site at which the command is run; `None` where the clients of OpenStack are.
    pub at: Option<String>,
    /// The command; `None` if a person has to find out how.
    pub command: Option<String>,
}

impl Next {
    fn think(why: impl Into<String>) -> Next {
        Next {
            why: why.into(),
            at: None,
            command: None,
        }
    }

    fn here(why: impl Into<String>, command: impl Into<String>) -> Next {
        Next {
            why: why.into(),
            at: None,
            command: Some(command.into()),
        }
    }
}

/// How an operator sees where a backend is.
const LOOK: &str = "cinder service-list --withreplication";

/// The next commands, in order. Each is for the state that is seen now: look again after each of them.
#[must_use]
pub fn next(look: &Look, target: &Target) -> Vec<Next> {
    let steps = Steps { look, target };
    let judgement = match &look.service {
        Ok(judgement) => judgement,
        Err(why) => {
            return vec![Next::think(format!(
                "Cinder does not say where the backend is ({why}): nothing may be sent before it answers"
            ))];
        }
    };
    match &judgement.standing {
        Standing::AtPrimary => steps.at_primary(),
        Standing::Away(_) => steps.away(),
        Standing::Moving => {
            let is_dead = judgement
                .rows
                .iter()
                .chain(&judgement.members)
                .any(|row| row.state != "up");
            steps.moving(is_dead)
        }
        Standing::Unfit { place, because } => steps.unfit(place, because),
        Standing::Contradiction(found) => {
            let mut next = vec![Next::think(format!(
                "{}: nothing may be sent before it is known where the images are primary",
                found.summary
            ))];
            next.extend(steps.where_are_images());
            next
        }
        Standing::Absent => vec![Next::think(format!(
            "Cinder has no service {}: set `backend` in the target",
            look.backend
        ))],
    }
}

struct Steps<'a> {
    look: &'a Look,
    target: &'a Target,
}

impl Steps<'_> {
    fn volumes(&self) -> impl Iterator<Item = &VolumeLook> {
        let volumes = self.look.volumes.as_deref().unwrap_or_default();
        volumes.iter().filter(|volume| volume.is_replicated)
    }

    fn name(&self, site: SiteName) -> &str {
        &self.look.site(site).name
    }

    fn is_lost(&self, site: SiteName) -> bool {
        self.look.site(site).is_lost
    }

    /// A command of `rbd` on the image of a volume at a site.
    fn rbd(&self, site: SiteName, arguments: &str, volume: &VolumeLook, why: String) -> Next {
        let command = self.target.sites.get(site).map(|found| {
            let spec = format!("{}/{}", found.pool.as_deref().unwrap_or("rbd"), volume.image);
            let spec = crate::shell::quote(&spec).into_owned();
            let words = [
                found.prefix.as_str(),
                "rbd",
                found.rbd_arguments.as_str(),
                arguments,
                &spec,
            ];
            let words: Vec<&str> = words
                .into_iter()
                .map(str::trim)
                .filter(|word| !word.is_empty())
                .collect();
            words.join(" ")
        });
        Next {
            why,
            at: Some(self.name(site).to_owned()),
            command,
        }
    }

    fn failover(&self) -> Next {
        let id = self
            .look
            .backend_id
            .as_deref()
            .map(|id| format!(" --backend_id {id}"))
            .unwrap_or_default();
        Next::here(
            format!(
                "fail over to {}; sent once, never again",
                self.name(SiteName::Secondary)
            ),
            format!("cinder failover-host {}{id}", self.look.backend),
        )
    }

    fn failback(&self) -> Next {
        Next::here(
            format!(
                "fail back to {}: each volume replays there; sent once, and only while Cinder says failed-over",
                self.name(SiteName::Primary)
            ),
            format!("cinder failover-host {} --backend_id default", self.look.backend),
        )
    }

    fn look_again(why: &str) -> Next {
        Next::here(why, LOOK)
    }

    /// The servers whose disks are at the site that was left.
    fn reconnect(&self, to: SiteName) -> Vec<Next> {
        let mut servers: BTreeMap<&str, Vec<(&VolumeLook, bool)>> = BTreeMap::new();
        for volume in self.volumes() {
            for holder in &volume.holders {
                servers.entry(&holder.server).or_default().push((volume, holder.boots));
            }
        }
        let mut next = Vec::new();
        for (server, volumes) in servers {
            let lead = "lead to the site that was left: connect it to";
            let to = self.name(to);
            if volumes.iter().any(|(_, boots)| *boots) {
                next.push(Next::here(
                    format!("its disks {lead} {to}"),
                    format!("openstack server shelve {server}"),
                ));
                next.push(Next::here(
                    "once it is SHELVED_OFFLOADED",
                    format!("openstack server unshelve {server}"),
                ));
                continue;
            }
            next.push(Next::here(
                format!(
                    "its data volumes {lead} {to}. A disk of a dead site hangs, and a running guest gives it up to nobody; once it is \
                     stopped, it can be detached"
                ),
                format!("openstack server stop {server}"),
            ));
            for (verb, why) in [("remove", "once it is SHUTOFF"), ("add", "once it is available")] {
                let command = |volume: &VolumeLook| format!("openstack server {verb} volume {server} {}", volume.id);
                next.extend(volumes.iter().map(|(volume, _)| Next::here(why, command(volume))));
            }
            next.push(Next::here(
                "once all of them are in-use; mount in the guest what was mounted",
                format!("openstack server start {server}"),
            ));
        }
        next
    }

    fn where_are_images(&self) -> Vec<Next> {
        let volumes = self.volumes().flat_map(|volume| {
            SiteName::ALL.map(|site| {
                self.rbd(
                    site,
                    "info",
                    volume,
                    format!("volume {}: {}", volume.called(), self.words(volume)),
                )
            })
        });
        volumes.collect()
    }

    fn words(&self, volume: &VolumeLook) -> String {
        volume.primary_at().words(|site| self.name(site))
    }

    fn at_primary(&self) -> Vec<Next> {
        let (primary, secondary) = (SiteName::Primary, SiteName::Secondary);
        if self.is_lost(primary) {
            let mut next = Vec::new();
            if self.is_lost(secondary) {
                return vec![Next::think(format!(
                    "neither {} nor {} answers: bring one of them back before anything is sent",
                    self.name(primary),
                    self.name(secondary)
                ))];
            }
            next.push(Next::think(format!(
                "{} does not answer, and Cinder does not notice. Decide whether it is lost: what it has not sent to {} by \
                 now is lost by a failover",
                self.name(primary),
                self.name(secondary)
            )));
            next.push(self.failover());
            next.push(Self::look_again(
                "until it says failed-over: the driver tries the dead site first, which takes a minute and more",
            ));
            next.extend(self.reconnect(secondary));
            return next;
        }
        let mut next = self.broken(primary);
        if next.is_empty() && self.is_lost(secondary) {
            next.push(Next::think(format!(
                "{} does not answer: guests keep running, and what they write now is at {} only. Bring it back; do not fail \
                 over",
                self.name(secondary),
                self.name(primary)
            )));
        }
        if next.is_empty() && self.look.site(secondary).silent.is_none() {
            next.extend(self.lagging(primary));
        }
        next
    }

    fn away(&self) -> Vec<Next> {
        let (primary, secondary) = (SiteName::Primary, SiteName::Secondary);
        let mut next = Vec::new();
        let failed = self.volumes().filter(|volume| volume.status.starts_with("error"));
        for volume in failed {
            next.push(Next::think(format!(
                "volume {} is in {} with replication_status {}: look at the cinder-volume log and at its image, which is {}",
                volume.called(),
                volume.status,
                volume.replication,
                self.words(volume)
            )));
        }
        if self.is_lost(secondary) {
            next.push(Next::think(format!(
                "{} does not answer, and the backend is there: bring it back. Nothing can fail back without it: its data is nowhere else",
                self.name(secondary)
            )));
            return next;
        }
        if self.is_lost(primary) {
            next.extend(self.reconnect(secondary));
            next.push(Next::think(format!(
                "bring {} back. Its images will say that they are primary, too: they are stale, so write nothing there",
                self.name(primary)
            )));
            return next;
        }
        let broken = self.broken(secondary);
        if !broken.is_empty() {
            next.extend(broken);
            return next;
        }
        if let Some(site) = SiteName::ALL
            .into_iter()
            .find(|site| self.look.site(*site).silent.is_some())
        {
            next.push(Next::think(format!(
                "{} cannot be asked what it holds: before a failback, find out at the storage itself that each volume replays at {}",
                self.name(site),
                self.name(primary)
            )));
            return next;
        }
        if let Err(why) = &self.look.volumes {
            next.push(Next::think(format!(
                "the volumes on the backend are not known ({why}): nothing fails back before they are"
            )));
            return next;
        }
        let lagging = self.lagging(secondary);
        if !lagging.is_empty() {
            next.extend(lagging);
            return next;
        }
        if next.is_empty() {
            next.push(self.failback());
            next.push(Self::look_again("until it says enabled, without active_backend_id"));
            next.extend(self.reconnect(primary));
        }
        next
    }

    /// What has to be chosen or mended before the backend goes anywhere: two primaries, none, split-brain. `active` is where Cinder
    /// says that the backend is.
    fn broken(&self, active: SiteName) -> Vec<Next> {
        let stale = active.other();
        let mut next = Vec::new();
        for volume in self.volumes() {
            let called = volume.called();
            match volume.primary_at() {
                PrimaryAt::Both => {
                    next.push(self.rbd(
                        stale,
                        "mirror image demote",
                        volume,
                        format!(
                            "volume {called} is primary on both sites: Cinder works at {}, and the copy at {} is the stale one, if \
                             nobody has written there since. It takes half a minute if a client died with the site",
                            self.name(active),
                            self.name(stale)
                        ),
                    ));
                    next.push(Next::think(format!(
                        "wait until {} says split-brain (`up+error`), then look again: a resync comes next",
                        self.name(stale)
                    )));
                }
                PrimaryAt::Nowhere => next.push(self.rbd(
                    active,
                    "mirror image promote",
                    volume,
                    format!(
                        "volume {called} is primary nowhere: a failover ended in its middle. Promote it where Cinder works, after a look \
                         at the cinder-volume log"
                    ),
                )),
                PrimaryAt::Site(site) if site == stale => next.push(Next::think(format!(
                    "volume {called} is primary on {}, and Cinder says that the backend is on {}: nothing may be sent before it is \
                     known why",
                    self.name(stale),
                    self.name(active)
                ))),
                PrimaryAt::Site(_) if volume.copy(stale).is_split => next.push(self.rbd(
                    stale,
                    "mirror image resync",
                    volume,
                    format!(
                        "volume {called} is in split-brain: its copy on {} is discarded, and copied again from {}",
                        self.name(stale),
                        self.name(active)
                    ),
                )),
                PrimaryAt::Site(_) | PrimaryAt::Unknown(_) => {}
            }
        }
        next
    }

    /// The volumes whose other copy does not replay.
    fn lagging(&self, active: SiteName) -> Vec<Next> {
        let other = active.other();
        let lags = |volume: &&VolumeLook| volume.copy(other).state.as_deref() != Some("up+replaying");
        let volumes = self.volumes().filter(lags);
        volumes
            .map(|volume| {
                let state = volume.copy(other).state.as_deref().unwrap_or("nothing");
                Next::think(format!(
                    "volume {}: {} says {state}. Wait until it says up+replaying; if it does not, look at rbd-mirror there and at the link \
                     between the sites. A failover or failback before that loses what has not arrived",
                    volume.called(),
                    self.name(other)
                ))
            })
            .collect()
    }

    fn moving(&self, is_dead: bool) -> Vec<Next> {
        if !is_dead {
            return vec![Self::look_again(
                "the backend moves: wait until it is settled. With a dead site it takes the driver's retries and time-outs",
            )];
        }
        let mut next = vec![Next::think(
            "cinder-volume died in the middle of a failover. A start sets the status to enabled, whatever was moved: look first where the \
             images are primary",
        )];
        next.extend(self.where_are_images());
        next.push(Next::think("then start cinder-volume again, and look again"));
        next
    }

    fn unfit(&self, place: &Place, because: &[Unfit]) -> Vec<Next> {
        let why: Vec<String> = because.iter().map(ToString::to_string).collect();
        let at = match place {
            Place::AtPrimary => format!("at {}", self.name(SiteName::Primary)),
            Place::Away(_) => format!("at {}", self.name(SiteName::Secondary)),
            Place::Neither => "nowhere that it says".to_owned(),
        };
        let mut next = vec![Next::think(format!(
            "the backend is {at}, and takes no failover: {}",
            why.join(", ")
        ))];
        for reason in because {
            next.push(match reason {
                Unfit::Down => Next::think("start cinder-volume again, after a look at its log"),
                Unfit::Frozen => Next::here("thaw it", format!("cinder thaw-host {}", self.look.backend)),
                Unfit::Disabled(_) => Next::here(
                    "enable it",
                    format!("openstack volume service set --enable {} cinder-volume", self.look.backend),
                ),
                Unfit::Replication(_) => Next::think(
                    "its driver failed: look at the cinder-volume log, fix what it names, look where the images are primary, \
                     and restart cinder-volume",
                ),
            });
        }
        if because.iter().any(|reason| matches!(reason, Unfit::Replication(_))) {
            next.extend(self.where_are_images());
        }
        next
    }
}

#[cfg(test)]
#[path = "next_tests.rs"]
mod tests;
