//! Faults that a scenario may make on purpose: what can be lost, and how a target makes it, sees it and undoes it.

use std::fmt;

use serde::Serialize;

use super::Shell;
use crate::names::SiteName;

/// What is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A site.
    Site(SiteName, SiteFault),
    /// The link between the sites; clients reach both.
    Link,
    /// The rbd-mirror of a site.
    MirrorDaemon(SiteName),
    /// cinder-volume of the backend.
    VolumeService(ServiceFault),
}

/// How a site is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteFault {
    /// All its daemons die at once.
    Power,
    /// They live, and nobody reaches them: who asks waits.
    Network,
    /// They answer, and take long.
    Slow,
}

/// How cinder-volume is lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceFault {
    /// It is killed, and not started again.
    Killed,
    /// It is stopped, and does not go on.
    Hung,
    /// It is killed in the middle of the next failover, and not started again.
    KilledInFailover,
}

impl Fault {
    /// All of them.
    pub const ALL: [Fault; 12] = [
        Fault::Site(SiteName::Primary, SiteFault::Power),
        Fault::Site(SiteName::Primary, SiteFault::Network),
        Fault::Site(SiteName::Primary, SiteFault::Slow),
        Fault::Site(SiteName::Secondary, SiteFault::Power),
        Fault::Site(SiteName::Secondary, SiteFault::Network),
        Fault::Site(SiteName::Secondary, SiteFault::Slow),
        Fault::Link,
        Fault::MirrorDaemon(SiteName::Primary),
        Fault::MirrorDaemon(SiteName::Secondary),
        Fault::VolumeService(ServiceFault::Killed),
        Fault::VolumeService(ServiceFault::Hung),
        Fault::VolumeService(ServiceFault::KilledInFailover),
    ];

    /// Its key in a target's `faults`, and its name in a journal.
    #[must_use]
    pub const fn key(self) -> &'static str {
        use {ServiceFault as Service, SiteFault as Site, SiteName as At};
        match self {
            Fault::Site(At::Primary, Site::Power) => "primary-power",
            Fault::Site(At::Primary, Site::Network) => "primary-network",
            Fault::Site(At::Primary, Site::Slow) => "primary-slow",
            Fault::Site(At::Secondary, Site::Power) => "secondary-power",
            Fault::Site(At::Secondary, Site::Network) => "secondary-network",
            Fault::Site(At::Secondary, Site::Slow) => "secondary-slow",
            Fault::Link => "link",
            Fault::MirrorDaemon(At::Primary) => "primary-mirror-daemon",
            Fault::MirrorDaemon(At::Secondary) => "secondary-mirror-daemon",
            Fault::VolumeService(Service::Killed) => "volume-service-killed",
            Fault::VolumeService(Service::Hung) => "volume-service-hung",
            Fault::VolumeService(Service::KilledInFailover) => "volume-service-killed-in-failover",
        }
    }

    /// The fault of this key.
    #[must_use]
    pub fn of_key(key: &str) -> Option<Fault> {
        Fault::ALL.into_iter().find(|fault| fault.key() == key)
    }

    /// The site that is lost by it: nobody gets an answer from there.
    #[must_use]
    pub const fn lost_site(self) -> Option<SiteName> {
        match self {
            Fault::Site(site, SiteFault::Power | SiteFault::Network) => Some(site),
            _ => None,
        }
    }

    /// Whether both break the same thing, so that only one of them can be in force.
    #[must_use]
    pub fn is_of_the_same_thing(self, other: Fault) -> bool {
        match (self, other) {
            (Fault::Site(one, _), Fault::Site(other, _)) => one == other,
            (Fault::Link, Fault::Link) | (Fault::VolumeService(_), Fault::VolumeService(_)) => true,
            (Fault::MirrorDaemon(one), Fault::MirrorDaemon(other)) => one == other,
            _ => false,
        }
    }

    /// In words, as a state: `site-a is without power`.
    pub fn words<'a>(self, name: impl Fn(SiteName) -> &'a str) -> String {
        match self {
            Fault::Site(site, SiteFault::Power) => format!("{} is without power", name(site)),
            Fault::Site(site, SiteFault::Network) => format!("{} is cut off the network", name(site)),
            Fault::Site(site, SiteFault::Slow) => format!("{} is slow", name(site)),
            Fault::Link => "the link between the sites is cut".to_owned(),
            Fault::MirrorDaemon(site) => format!("rbd-mirror at {} is dead", name(site)),
            Fault::VolumeService(ServiceFault::Killed) => "cinder-volume of the backend is dead".to_owned(),
            Fault::VolumeService(ServiceFault::Hung) => "cinder-volume of the backend hangs".to_owned(),
            Fault::VolumeService(ServiceFault::KilledInFailover) => {
                "cinder-volume of the backend dies in the middle of the next failover".to_owned()
            }
        }
    }

    /// What a person does to make it.
    pub fn how_to_make<'a>(self, name: impl Fn(SiteName) -> &'a str) -> String {
        match self {
            Fault::Site(site, SiteFault::Power) => {
                format!("take the power from {}: all its daemons at once", name(site))
            }
            Fault::Site(site, SiteFault::Network) => format!("cut {} off the network", name(site)),
            Fault::Site(site, SiteFault::Slow) => format!("make {} slow", name(site)),
            Fault::Link => "cut the link between the sites, and leave both to their clients".to_owned(),
            Fault::MirrorDaemon(site) => format!("stop every rbd-mirror at {}", name(site)),
            Fault::VolumeService(ServiceFault::Killed) => {
                "kill cinder-volume of the backend, and keep it dead".to_owned()
            }
            Fault::VolumeService(ServiceFault::Hung) => "stop cinder-volume of the backend with SIGSTOP".to_owned(),
            Fault::VolumeService(ServiceFault::KilledInFailover) => {
                "get ready to kill cinder-volume of the backend in the middle of the next failover".to_owned()
            }
        }
    }

    /// What a person does to undo it.
    pub fn how_to_undo<'a>(self, name: impl Fn(SiteName) -> &'a str) -> String {
        match self {
            Fault::Site(site, SiteFault::Power) => format!("start {} again", name(site)),
            Fault::Site(site, SiteFault::Network) => format!("connect {} again", name(site)),
            Fault::Site(site, SiteFault::Slow) => format!("make {} as fast as it was", name(site)),
            Fault::Link => "heal the link between the sites".to_owned(),
            Fault::MirrorDaemon(site) => format!("start rbd-mirror at {} again", name(site)),
            Fault::VolumeService(ServiceFault::Hung) => "let cinder-volume of the backend go on (SIGCONT)".to_owned(),
            Fault::VolumeService(_) => "start cinder-volume of the backend again".to_owned(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.key())
    }
}

/// How a target makes a fault, sees it and undoes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeclaredFault {
    /// Where the commands run.
    pub shell: Shell,
    /// Makes it. It ends when it is made.
    pub make: String,
    /// Succeeds while it is in force.
    pub seen: Option<String>,
    /// Undoes it; harmless where there is nothing to undo.
    pub undo: String,
    /// Succeeds once it is undone.
    pub undone: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_a_key_of_its_own_and_is_found_by_it() {
        for fault in Fault::ALL {
            assert_eq!(Fault::of_key(fault.key()), Some(fault));
            assert!(fault.is_of_the_same_thing(fault));
        }
        assert_eq!(Fault::of_key("primary"), None);
        let power = Fault::Site(SiteName::Primary, SiteFault::Power);
        assert!(power.is_of_the_same_thing(Fault::Site(SiteName::Primary, SiteFault::Slow)));
        assert!(!power.is_of_the_same_thing(Fault::Site(SiteName::Secondary, SiteFault::Power)));
        // One that is slow answers.
        assert_eq!(Fault::Site(SiteName::Primary, SiteFault::Slow).lost_site(), None);
    }
}
