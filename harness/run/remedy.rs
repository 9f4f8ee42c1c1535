//! What a person does by hand about what is left: commands that work in the state that was seen, each with the place where it
//! is to be run.

use super::propagation::{CopyState, Side};
use crate::event::{RemedyStep, Resource, ResourceKind};
use crate::names::SiteName;
use crate::site::Site;

/// A volume that is left, as Cinder and the sites show it.
#[derive(Clone, Debug, Default)]
pub(super) struct VolumeSeen {
    /// Its status; `None` if Cinder has no such volume.
    pub status: Option<String>,
    /// The servers that it is attached to, and whether Nova has them.
    pub attached_to: Vec<(String, bool)>,
    /// The site on which Cinder works; `None` while that cannot be said.
    pub cinder_is_on: Option<SiteName>,
    /// What each site has of its image; `None` where it cannot be asked.
    pub sides: Option<(Side, Side)>,
}

/// Builds the commands of one image for both sites.
pub(super) struct ImageCommands<'a> {
    pub primary: &'a Site,
    pub secondary: &'a Site,
    pub image: String,
}

/// A command for where the clients of OpenStack are.
pub(super) fn here(command: impl Into<String>) -> RemedyStep {
    RemedyStep {
        site: None,
        command: command.into(),
    }
}

/// A command for a site.
pub(super) fn at_site(site: &Site, command: String) -> RemedyStep {
    RemedyStep {
        site: Some(site.name().to_owned()),
        command,
    }
}

impl ImageCommands<'_> {
    fn of(&self, site: SiteName) -> &Site {
        match site {
            SiteName::Primary => self.primary,
            SiteName::Secondary => self.secondary,
        }
    }

    fn at(&self, site: &Site, arguments: &str) -> RemedyStep {
        RemedyStep {
            site: Some(site.name().to_owned()),
            command: site.image_command(arguments, &self.image),
        }
    }
}

/// The commands for a thing that has no state to look at. Nothing is printed that cannot work.
pub(super) fn plain(resource: &Resource) -> Vec<RemedyStep> {
    let Some(id) = &resource.id else {
        return Vec::new();
    };
    let command = match resource.kind {
        ResourceKind::Server => format!("openstack server delete {id}"),
        ResourceKind::Snapshot => format!("openstack volume snapshot delete {id}"),
        ResourceKind::FloatingIp => format!("openstack floating ip delete {id}"),
        ResourceKind::KeyPair => format!("openstack keypair delete {id}"),
        ResourceKind::VolumeType | ResourceKind::Lock => format!("openstack volume type delete {id}"),
        ResourceKind::Freeze => format!("cinder thaw-host {id}"),
        // What helps depends on their states.
        ResourceKind::Volume | ResourceKind::Failover | ResourceKind::Fault => return Vec::new(),
    };
    vec![here(command)]
}

/// The commands for a volume, by what Cinder and the sites show of it. Empty where a person can only repair the mirror, or the
/// site, and let `recover` try again.
pub(super) fn of_volume(id: &str, seen: &VolumeSeen, images: Option<&ImageCommands<'_>>) -> Vec<RemedyStep> {
    use Side::{Copy, Primary, Silent, Unmirrored};
    let mut steps = Vec::new();
    if let (Some((one, other)), Some(images)) = (&seen.sides, images) {
        let (here_first, there) = (images.primary, images.secondary);
        match (one, other) {
            (Silent(_), _) | (_, Silent(_)) => return Vec::new(),
            // It is promoted where Cinder deletes it, by the clean-up itself: if it could not, no person can.
            (Copy(_), Copy(_)) if seen.status.is_some() => return Vec::new(),
            (Copy(_), Copy(_)) => {
                steps.push(images.at(here_first, "mirror image promote"));
                steps.push(images.at(here_first, "rm"));
            }
            (Primary, Primary) if seen.status.is_some() && seen.cinder_is_on.is_none() => return Vec::new(),
            (Primary, Copy(state)) | (Copy(state), Primary) if *state != CopyState::Replays => return Vec::new(),
            (Copy(_), Primary) if seen.status.is_none() => steps.push(images.at(there, "rm")),
            (Primary, Copy(_)) if seen.status.is_none() => steps.push(images.at(here_first, "rm")),
            (one, other) if seen.status.is_none() => {
                for (side, site) in [(one, here_first), (other, there)] {
                    match side {
                        Primary | Unmirrored => steps.push(images.at(site, "rm")),
                        Copy(_) => {
                            steps.push(images.at(site, "mirror image promote --force"));
                            steps.push(images.at(site, "rm"));
                        }
                        Side::Absent | Silent(_) => {}
                    }
                }
            }
            _ => {}
        }
    }
    let Some(status) = seen.status.as_deref() else {
        return steps;
    };
    for (server, is_there) in &seen.attached_to {
        steps.push(if *is_there {
            here(format!("openstack server delete {server}"))
        } else {
            here(format!(
                "cinder reset-state --state available --attach-status detached {id}"
            ))
        });
    }
    // Cinder deletes nothing that is on its way somewhere, and `--force` helps no more than a second `delete`.
    if seen.attached_to.is_empty() && !matches!(status, "available" | "error" | "error_restoring" | "error_extending") {
        steps.push(here(format!("cinder reset-state --state available {id}")));
    }
    steps.push(here(format!("openstack volume delete {id}")));
    if let (Some((Primary, Primary)), Some(images), Some(site)) = (&seen.sides, images, seen.cinder_is_on) {
        // Cinder deletes one of them, and nobody the other.
        steps.push(images.at(images.of(site.other()), "rm"));
    }
    steps
}

/// The commands in words, for the help of a failure; `None` if there are none.
pub(super) fn in_words(steps: &[RemedyStep]) -> Option<String> {
    let words: Vec<String> = steps
        .iter()
        .map(|step| match &step.site {
            Some(site) => format!("on {site}: {}", step.command),
            None => step.command.clone(),
        })
        .collect();
    (!words.is_empty()).then(|| format!("to remove it by hand: {}", words.join("; then ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Shell;
    use crate::site::SiteOptions;

    fn site(name: &str) -> Site {
        let options = SiteOptions {
            name: name.to_owned(),
            prefix: String::new(),
            rbd_arguments: format!("--cluster {name}"),
            pool: "volumes".to_owned(),
            timeout: std::time::Duration::from_secs(1),
        };
        Site::new(Shell::local(), options)
    }

    fn commands(status: Option<&str>, sides: (Side, Side)) -> Vec<String> {
        commands_at(Some(SiteName::Primary), status, sides)
    }

    fn commands_at(cinder_is_on: Option<SiteName>, status: Option<&str>, sides: (Side, Side)) -> Vec<String> {
        let (primary, secondary) = (site("a"), site("b"));
        let images = ImageCommands {
            primary: &primary,
            secondary: &secondary,
            image: "volume-1".to_owned(),
        };
        let seen = VolumeSeen {
            status: status.map(str::to_owned),
            cinder_is_on,
            sides: Some(sides),
            ..VolumeSeen::default()
        };
        of_volume("1", &seen, Some(&images))
            .into_iter()
            .map(|step| step.command)
            .collect()
    }

    #[test]
    fn a_remedy_fits_the_state_that_was_seen() {
        let copy = |state: &str| Side::Copy(CopyState::Says(state.to_owned()));
        let healthy = || (Side::Primary, Side::Copy(CopyState::Replays));
        assert_eq!(commands(Some("available"), healthy()), ["openstack volume delete 1"]);
        let stuck = commands(Some("error_deleting"), healthy());
        assert_eq!(
            stuck,
            ["cinder reset-state --state available 1", "openstack volume delete 1"]
        );
        // What Cinder does not delete of two primaries is removed.
        let nowhere = || (copy("up+stopped"), copy("up+stopped"));
        assert!(commands(Some("error_deleting"), nowhere()).is_empty());
        assert_eq!(
            commands(None, nowhere()),
            [
                "rbd --cluster a mirror image promote volumes/volume-1",
                "rbd --cluster a rm volumes/volume-1"
            ]
        );
        let both = commands_at(Some(SiteName::Secondary), Some("error"), (Side::Primary, Side::Primary));
        assert_eq!(
            both,
            ["openstack volume delete 1", "rbd --cluster a rm volumes/volume-1"]
        );
        for sides in [nowhere(), (Side::Primary, Side::Primary)] {
            assert!(commands_at(None, Some("error"), sides).is_empty());
        }
        // What Cinder has forgotten is a matter of the site that still has it.
        assert_eq!(
            commands(None, (Side::Primary, Side::Absent)),
            ["rbd --cluster a rm volumes/volume-1"]
        );
        assert_eq!(
            commands(None, (Side::Absent, copy("up+error"))),
            [
                "rbd --cluster b mirror image promote --force volumes/volume-1",
                "rbd --cluster b rm volumes/volume-1"
            ]
        );
        // Nothing helps but repairing the mirror, or the site.
        assert!(commands(Some("available"), (Side::Primary, copy("down+replaying"))).is_empty());
        assert!(commands(Some("available"), (Side::Silent("dark".to_owned()), Side::Primary)).is_empty());
    }
}
