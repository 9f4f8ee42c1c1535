//! What is seen.

use crate::backend::{Judgement, PrimaryAt};
use crate::cloud::ServerId;
use crate::names::SiteName;
use crate::preflight::{Facts, Why};

/// What is seen of a backend.
#[derive(Clone, Debug)]
pub struct Look {
    /// `host@backend`.
    pub backend: String,
    /// The target's name.
    pub target: String,
    /// The `backend_id` of the secondary site, if the target says it.
    pub backend_id: Option<String>,
    /// What Cinder says of the backend; the reason if it does not answer.
    pub service: Result<Judgement, String>,
    /// The two sites, the primary one first.
    pub sites: [SiteLook; 2],
    /// The volumes on the backend; the reason if they are not known.
    pub volumes: Result<Vec<VolumeLook>, String>,
}

/// What is seen of a site.
#[derive(Clone, Debug)]
pub struct SiteLook {
    /// What people call it.
    pub name: String,
    /// Why it gives no answer; `None` if it answers.
    pub silent: Option<String>,
    /// Whether nobody answers there; else it cannot be asked for another reason.
    pub is_lost: bool,
}

/// What is seen of a volume.
#[derive(Clone, Debug)]
pub struct VolumeLook {
    /// Its id.
    pub id: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Its status.
    pub status: String,
    /// Its `replication_status`.
    pub replication: String,
    /// Whether it is to have a mirror.
    pub is_replicated: bool,
    /// The servers that it is attached to.
    pub holders: Vec<Holder>,
    /// The image's name.
    pub image: String,
    /// Its copies, that of the primary site first.
    pub copies: [Copy; 2],
}

/// A server that has a volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub server: String,
    /// Whether it may boot from the volume: Nova detaches no root volume.
    pub boots: bool,
}

impl Holder {
    /// By the device that Nova asked for: the first disk is the root. Where none is named it may be any.
    fn of(server: &ServerId, device: Option<&str>) -> Holder {
        let name = device.map(|device| device.trim_start_matches("/dev/"));
        Holder {
            server: server.to_string(),
            boots: name.is_none_or(|name| ["vda", "sda", "xvda", "hda"].contains(&name)),
        }
    }
}

/// What a site says of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copy {
    /// Whether it is primary; `None` if that is not known.
    pub primary: Option<bool>,
    /// Whether the site says that it has none.
    pub absent: bool,
    /// What its daemon reports, for example `up+replaying`.
    pub state: Option<String>,
    /// Whether it is in split-brain.
    pub is_split: bool,
    /// How many entries of the primary's journal it has not replayed yet, as it says.
    pub behind: Option<u64>,
}

impl Look {
    /// What was gathered, as far as it matters here.
    #[must_use]
    pub fn of(facts: &Facts) -> Look {
        let site = |name: SiteName| {
            let cluster = facts.site(name).cluster.as_ref().err();
            SiteLook {
                name: facts.site_name(name).to_owned(),
                silent: cluster.map(|unasked| unasked.reason.clone()),
                is_lost: cluster.is_some_and(|unasked| unasked.why == Why::Silent),
            }
        };
        let volumes = facts.cloud.volumes.as_ref().map_err(|unasked| unasked.reason.clone());
        let volumes = volumes.map(|volumes| {
            let volume = |volume: &crate::cloud::Volume| {
                let image = facts.image_of(volume);
                VolumeLook {
                    id: volume.id.to_string(),
                    name: volume.name.clone().filter(|name| !name.is_empty()),
                    status: volume.status.clone(),
                    replication: volume.replication_status.clone().unwrap_or_else(|| "none".to_owned()),
                    is_replicated: !matches!(
                        volume.replication_status.as_deref(),
                        None | Some("disabled" | "not-capable")
                    ),
                    holders: volume
                        .attachments
                        .iter()
                        .filter_map(|attachment| {
                            Some(Holder::of(attachment.server_id.as_ref()?, attachment.device.as_deref()))
                        })
                        .collect(),
                    copies: SiteName::ALL.map(|name| copy(facts, name, &image)),
                    image,
                }
            };
            volumes.iter().map(volume).collect()
        });
        Look {
            backend: facts.expected.backend.to_string(),
            target: facts.expected.target.clone(),
            backend_id: facts
                .expected
                .secondary
                .as_ref()
                .and_then(|site| site.backend_id.clone()),
            service: facts.judgement().map_err(|unasked| unasked.reason),
            sites: SiteName::ALL.map(site),
            volumes,
        }
    }

    /// What is seen of a site.
    #[must_use]
    pub fn site(&self, name: SiteName) -> &SiteLook {
        match name {
            SiteName::Primary => &self.sites[0],
            SiteName::Secondary => &self.sites[1],
        }
    }
}

impl VolumeLook {
    /// Where its image is primary.
    #[must_use]
    pub fn primary_at(&self) -> PrimaryAt {
        PrimaryAt::of(self.copies[0].primary, self.copies[1].primary)
    }

    /// What a site says of its image.
    #[must_use]
    pub fn copy(&self, name: SiteName) -> &Copy {
        match name {
            SiteName::Primary => &self.copies[0],
            SiteName::Secondary => &self.copies[1],
        }
    }

    /// Its name, or its id.
    #[must_use]
    pub fn called(&self) -> String {
        match &self.name {
            Some(name) => format!("{name} ({})", self.id),
            None => self.id.clone(),
        }
    }
}

fn copy(facts: &Facts, name: SiteName, image: &str) -> Copy {
    let site = facts.site(name);
    let info = site.images.get(image);
    let status = site.status.as_ref().ok().and_then(|status| status.image(image));
    let mirroring = match info {
        Some(Ok(Some(info))) => info.mirroring.as_ref(),
        _ => None,
    };
    Copy {
        primary: mirroring.map(|mirroring| mirroring.primary),
        absent: matches!(info, Some(Ok(None))),
        state: status.map(|status| status.state.clone()),
        is_split: status.is_some_and(|status| status.is_split_brain()),
        behind: status
            .and_then(|status| status.replay.as_ref())
            .and_then(|replay| replay.entries_behind_primary),
    }
}
