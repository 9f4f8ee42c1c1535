//! Asks a storage site.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::{Asked, SiteFacts, Unasked, UserAccess, Why};
use super::within::{open, patience, within};
use crate::cloud::{Cloud, Volume};
use crate::failover::unlisted_images;
use crate::names::SiteName;
use crate::shell::Shell;
use crate::site::{RbdInfo, Site, SiteError, SiteOptions};
use crate::targets::{self, Target, VolumeNameTemplate};

/// The pause between two looks at the images that Cinder does not list.
const PAUSE: Duration = Duration::from_secs(1);

/// A site that was asked, and may be asked once more.
pub(super) struct AskedSite {
    pub(super) facts: SiteFacts,
    site: Option<Site>,
    patience: Duration,
}

/// Asks a site. Each session runs one command at a time, and `cephadm shell` takes a second for each, so there are three
/// sessions.
pub(super) async fn ask(target: &Target, name: SiteName, is_rbd: bool) -> AskedSite {
    let patience = patience(target);
    let found = target.sites.get(name);
    let nothing = |unasked: Unasked| AskedSite {
        facts: unasked_site(&unasked, found.is_some_and(|site| site.admin_arguments.is_some())),
        site: None,
        patience,
    };
    if !is_rbd {
        return nothing(Unasked::no_way("only RBD storage can be checked", ""));
    }
    let Some(site) = found else {
        return nothing(Unasked::no_way(
            format!("the target has no {name} site"),
            format!("add `{name}` to the target's `sites`"),
        ));
    };
    let (Some(access), Some(pool)) = (&site.shell, &site.pool) else {
        return nothing(Unasked::no_way(
            format!("the target does not say how to ask {}", site.name),
            format!("give sites.{name} a `shell` and a `pool` in the target"),
        ));
    };
    let what = format!("the shell at {}", site.name);
    let sessions = tokio::join!(
        open(target, &what, access),
        open(target, &what, access),
        open(target, &what, access)
    );
    let (first, second, third) = match sessions {
        (Ok(first), Ok(second), Ok(third)) => (first, second, third),
        (Err(unasked), _, _) | (_, Err(unasked), _) | (_, _, Err(unasked)) => return nothing(unasked),
    };
    let handle = |shell: &Shell, arguments: &str| handle(site, pool, arguments, shell.clone(), patience);
    let plain = handle(&first, &site.rbd_arguments);
    // Asked alone, because a cluster that does not answer keeps every later command waiting.
    let cluster = within(patience, &site.name, plain.cluster()).await;
    if let Err(unasked) = cluster {
        return nothing(unasked);
    }
    let admin_arguments = site.admin_arguments.as_deref().unwrap_or(&site.rbd_arguments);
    let user = site
        .connection
        .fields()
        .get("auth_username")
        .and_then(|user| user.as_str());
    let (one, two, three) = (
        handle(&first, admin_arguments),
        handle(&second, admin_arguments),
        handle(&third, admin_arguments),
    );
    let is_admin = site.admin_arguments.is_some();
    let ((pool_info, peer_monitors, pools), status, user) = tokio::join!(
        Box::pin(async {
            let info = within(patience, &site.name, one.pool_info(pool)).await;
            let has_peers = info.as_ref().is_ok_and(|info| !info.peers.is_empty());
            // Only an administrator may read where a peer's monitors are, and a missing address is not a fault.
            let monitors = match is_admin && has_peers {
                true => within(patience, &site.name, one.peer_monitors(pool))
                    .await
                    .unwrap_or_default(),
                false => BTreeMap::new(),
            };
            (info, monitors, within(patience, &site.name, one.pools()).await)
        }),
        Box::pin(within(patience, &site.name, two.pool_status(pool))),
        Box::pin(access_of(&three, user, pool, patience)),
    );
    AskedSite {
        facts: SiteFacts {
            cluster,
            as_admin: is_admin,
            pool: pool_info,
            peer_monitors,
            status,
            pools,
            images: BTreeMap::new(),
            user,
        },
        site: Some(plain),
        patience,
    }
}

fn handle(site: &targets::Site, pool: &str, arguments: &str, shell: Shell, timeout: Duration) -> Site {
    let options = SiteOptions {
        name: site.name.clone(),
        prefix: site.prefix.clone(),
        rbd_arguments: arguments.to_owned(),
        pool: pool.to_owned(),
        timeout,
    };
    Site::new(shell, options)
}

async fn access_of(site: &Site, user: Option<&str>, pool: &str, patience: Duration) -> UserAccess {
    let Some(user) = user else {
        let unasked = Unasked::no_way(
            format!(
                "the target does not say as which user cinder-volume works at {}",
                site.name()
            ),
            "give the site `connection: { auth_username: … }` in the target: `user` of replication_device",
        );
        return UserAccess {
            opens: Err(unasked.clone()),
            capabilities: Err(unasked),
        };
    };
    UserAccess {
        opens: within(patience, site.name(), site.list_as(user, pool)).await,
        capabilities: within(patience, site.name(), site.capabilities(user)).await,
    }
}

fn unasked_site(unasked: &Unasked, as_admin: bool) -> SiteFacts {
    fn no<T>(unasked: &Unasked) -> Asked<T> {
        Err(unasked.clone())
    }
    SiteFacts {
        cluster: no(unasked),
        as_admin,
        pool: no(unasked),
        peer_monitors: BTreeMap::new(),
        status: no(unasked),
        pools: no(unasked),
        images: BTreeMap::new(),
        user: UserAccess {
            opens: no(unasked),
            capabilities: no(unasked),
        },
    }
}

impl AskedSite {
    /// What `rbd info` says of these images; `None` for those that are not there.
    pub(super) async fn look_at_images(&self, images: &[String]) -> BTreeMap<String, Asked<Option<RbdInfo>>> {
        let mut seen = BTreeMap::new();
        let Some(site) = &self.site else {
            return seen;
        };
        for image in images {
            let info = match tokio::time::timeout(self.patience, site.image_info(image)).await {
                Ok(Ok(info)) => Ok(Some(info)),
                // A wrapper may answer for another image than the one that was requested.
                Ok(Err(SiteError::NoSuchImage { stderr, .. })) if stderr.contains(image.as_str()) => Ok(None),
                Ok(Err(error)) => Err(error.into()),
                Err(_) => Err(Unasked::silent(format!("{} did not answer", site.name()))),
            };
            let silent = matches!(&info, Err(unasked) if unasked.why == Why::Silent);
            seen.insert(image.clone(), info);
            // Who does not answer once is not waited for twenty times.
            if silent {
                break;
            }
        }
        seen
    }

    /// Images of volumes in the site's pool that Cinder does not list; empty where they could not be read. Others make and
    /// delete volumes meanwhile, so it is looked at twice.
    pub(super) async fn unseen(&self, cloud: &Cloud, volumes: &[Volume], names: &VolumeNameTemplate) -> Vec<String> {
        let Some(site) = &self.site else { return Vec::new() };
        let images = async || within(self.patience, site.name(), site.images(site.pool())).await.ok();
        let Some(first) = images()
            .await
            .map(|images| unlisted_images(names, &images, volumes, &[]))
        else {
            return Vec::new();
        };
        if first.is_empty() {
            return Vec::new();
        }
        tokio::time::sleep(PAUSE).await;
        let Ok(again) = within(self.patience, "Cinder", cloud.all_volumes(false)).await else {
            return Vec::new();
        };
        let second = images()
            .await
            .map(|images| unlisted_images(names, &images, &again.volumes, &[]));
        second.unwrap_or_default().intersection(&first).cloned().collect()
    }
}
