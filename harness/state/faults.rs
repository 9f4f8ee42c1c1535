//! What is broken on purpose at a point of a chain.

use super::State;
use super::sites::TARGET_LACKS;
use crate::diagnostic::{Diagnostic, Location};
use crate::document::Fields;
use crate::names::SiteName;
use crate::targets::{Fault, ServiceFault, SiteFault};

impl State<'_> {
    /// The fault that the arguments of `lose` name.
    pub(crate) fn fault_of(&mut self, arguments: Fields<'_>, at: &Location) -> Option<Fault> {
        let how = arguments.text("how");
        let word = how.as_ref().map(|how| how.value.as_str());
        let fault = match self.part(arguments)? {
            Part::Site(site) => match word {
                None | Some("power") => Some(Fault::Site(site, SiteFault::Power)),
                Some("network") => Some(Fault::Site(site, SiteFault::Network)),
                Some("slow") => Some(Fault::Site(site, SiteFault::Slow)),
                Some(_) => None,
            },
            Part::VolumeService => match word {
                None | Some("killed") => Some(Fault::VolumeService(ServiceFault::Killed)),
                Some("hung") => Some(Fault::VolumeService(ServiceFault::Hung)),
                Some("killed-in-failover") => Some(Fault::VolumeService(ServiceFault::KilledInFailover)),
                Some(_) => None,
            },
            Part::Link => word.is_none().then_some(Fault::Link),
            Part::MirrorDaemon(site) => word.is_none().then_some(Fault::MirrorDaemon(site)),
        };
        if fault.is_none() {
            let at = how.map_or_else(|| at.clone(), |how| how.at);
            self.fault(
                Diagnostic::error("unknown-word", "this is not lost in that way")
                    .at(&at, "")
                    .note("a site is lost by `power`, `network` or `slow`; cinder-volume by `killed`, `hung` or `killed-in-failover`")
                    .note("the link and a mirror daemon are lost in one way only, and take no `how`"),
            );
        }
        fault
    }

    /// Something is broken: it must be whole until then, and somebody must be able to see it.
    pub(crate) fn loses(&mut self, fault: Fault, at: &Location) {
        let broken = self
            .broken
            .iter()
            .find(|(broken, _)| broken.is_of_the_same_thing(fault));
        if let Some((_, since)) = broken.cloned() {
            let fault = Diagnostic::error("lost-already", "this is lost already")
                .at(at, "")
                .because(&since, "by this step");
            self.order_fault(fault.help("repair it first with `restore`"));
        }
        if let Some(site) = fault.lost_site() {
            self.needs_site(site, at);
        }
        let declared = self.target().faults.get(&fault);
        let can_be_seen = declared.is_some_and(|declared| declared.seen.is_some());
        let sites_are_asked = SiteName::ALL.into_iter().all(|site| {
            self.target()
                .sites
                .get(site)
                .is_some_and(|site| site.shell.is_some() && site.pool.is_some())
        });
        let own_eyes = match fault {
            Fault::Site(_, SiteFault::Slow) => false,
            Fault::Site(..) | Fault::Link | Fault::MirrorDaemon(_) => sites_are_asked,
            Fault::VolumeService(ServiceFault::KilledInFailover) => declared.is_some(),
            Fault::VolumeService(_) => true,
        };
        if !can_be_seen && !own_eyes {
            self.fault(
                Diagnostic::error(
                    TARGET_LACKS,
                    format!(
                        "target {} has no way to see that `{fault}` is in effect",
                        self.target().name
                    ),
                )
                .at(at, "a fault without effect would prove nothing")
                .help(format!(
                    "declare it in the target's `faults`, with `seen`: `{fault}: {{ make: …, seen: …, undo: … }}`"
                )),
            );
        }
        self.broken.push((fault, at.clone()));
    }

    /// What the arguments of `restore` name is mended; what it was.
    pub(crate) fn restores(&mut self, arguments: Fields<'_>, at: &Location) -> Option<Fault> {
        let part = self.part(arguments)?;
        let position = self.broken.iter().position(|(fault, _)| part.is_part_of(*fault));
        match position {
            Some(position) => Some(self.broken.remove(position).0),
            None => {
                self.order_fault(
                    Diagnostic::error("not-lost", "this is not lost here")
                        .at(at, "there is nothing to repair")
                        .help("break it first with `lose`"),
                );
                None
            }
        }
    }

    /// The step by which a site is lost at this point.
    pub(crate) fn lost(&self, site: SiteName) -> Option<&Location> {
        let broken = self.broken.iter().find(|(fault, _)| fault.lost_site() == Some(site));
        broken.map(|(_, at)| at)
    }

    /// A site that a step takes for lost: it must have been seen to be.
    pub(crate) fn needs_lost(&mut self, site: SiteName, at: &Location) {
        if self.lost(site).is_none() {
            self.order_fault(
                Diagnostic::error("not-lost", format!("the {site} site is not lost here"))
                    .at(at, "a failover for its loss would drill something else")
                    .help(format!(
                        "lose it first: `lose: {{ site: {site}, how: power }}`; if the target declares no such fault, the \
                         run asks a person to make it, and waits"
                    )),
            );
        }
    }

    /// A site that a step asks: it must not be lost.
    pub(crate) fn needs_living(&mut self, site: SiteName, at: &Location) {
        if let Some(since) = self.lost(site).cloned() {
            self.order_fault(
                Diagnostic::error("site-lost", format!("the {site} site is lost here"))
                    .at(at, "this step asks it, and would wait for an answer that does not come")
                    .because(&since, "since this step")
                    .help(format!("bring it back first: `restore: {{ site: {site} }}`")),
            );
        }
    }

    fn part(&mut self, arguments: Fields<'_>) -> Option<Part> {
        if let Some((site, _)) = self.site(arguments, "site") {
            return Some(Part::Site(site));
        }
        if let Some((site, _)) = self.site(arguments, "mirror-daemon") {
            return Some(Part::MirrorDaemon(site));
        }
        if arguments.text("link").is_some() {
            return Some(Part::Link);
        }
        arguments.text("volume-service").map(|_| Part::VolumeService)
    }
}

/// What can be lost, however.
#[derive(Clone, Copy)]
enum Part {
    Site(SiteName),
    Link,
    MirrorDaemon(SiteName),
    VolumeService,
}

impl Part {
    fn is_part_of(self, fault: Fault) -> bool {
        match (self, fault) {
            (Part::Site(site), Fault::Site(lost, _)) => site == lost,
            (Part::MirrorDaemon(site), Fault::MirrorDaemon(lost)) => site == lost,
            (Part::Link, Fault::Link) | (Part::VolumeService, Fault::VolumeService(_)) => true,
            _ => false,
        }
    }
}
