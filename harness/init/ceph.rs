//! What a Ceph cluster says of itself: by `rbd` and `ceph`, as a drill asks it.

use std::time::Instant;

use super::machine::{Machine, PATIENCE};
use crate::failure::Failure;
use crate::site::{Site, SiteError, SiteOptions};

/// A cluster that answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CephSeen {
    /// What stands after every `rbd`.
    pub arguments: String,
    /// The same for an administrator, if there is one there.
    pub admin: Option<String>,
    /// Where its monitors listen.
    pub hosts: Vec<String>,
    /// Its id.
    pub fsid: String,
    /// What rbd-mirror calls the site.
    pub site_name: Option<String>,
}

/// How a cluster is reached, as cinder.conf has it.
#[derive(Clone, Debug, Default)]
pub(super) struct Way<'a> {
    /// The path of its ceph.conf.
    pub conf: Option<&'a str>,
    /// The name of its cluster, where the file lies in /etc/ceph.
    pub cluster: Option<&'a str>,
    /// The cephx user.
    pub user: Option<&'a str>,
    /// The pool.
    pub pool: &'a str,
}

/// Asks it, in one of the ways in which it may answer from there.
///
/// # Errors
/// It answers in none of them; what it said to the first.
pub(super) async fn ask(machine: &Machine, name: &str, way: &Way<'_>) -> Result<CephSeen, String> {
    let users: Vec<Option<&str>> = match way.user {
        Some(user) => vec![Some(user), Some("admin")],
        None => vec![Some("admin")],
    };
    let conf = way.conf.map(|conf| format!("--conf {}", crate::shell::quote(conf)));
    let cluster = way
        .cluster
        .map(|cluster| format!("--cluster {}", crate::shell::quote(cluster)));
    // Where the file lies elsewhere, as at a site's own host, the usual place is what is left.
    let places: Vec<String> = [conf, cluster, Some(String::new())].into_iter().flatten().collect();
    let mut first = None;
    for user in users {
        for place in &places {
            let arguments = with_user(place, user);
            let site = site(machine, name, &arguments, way.pool);
            let began = Instant::now();
            match site.cluster().await {
                Ok(cluster) => {
                    let admin = with_user(place, Some("admin"));
                    let is_admin = self::site(machine, name, &admin, way.pool).pools().await.is_ok();
                    let as_whom = if is_admin { &admin } else { &arguments };
                    let info = self::site(machine, name, as_whom, way.pool).pool_info(way.pool).await;
                    return Ok(CephSeen {
                        site_name: info.ok().and_then(|info| info.site_name).filter(|name| !is_id(name)),
                        arguments,
                        admin: is_admin.then_some(admin),
                        hosts: cluster.hosts,
                        fsid: cluster.fsid,
                    });
                }
                // A cluster that is silent is so for everybody, whoever asks.
                Err(error) if began.elapsed() >= PATIENCE => return Err(words(error)),
                Err(error) => _ = first.get_or_insert_with(|| words(error)),
            }
        }
    }
    Err(first.unwrap_or_default())
}

/// What a site said, on one line.
fn words(error: SiteError) -> String {
    let said = match &error {
        SiteError::Failed { stderr, .. } => stderr.lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned),
        _ => None,
    };
    let summary = Failure::from(error).summary;
    said.map_or(summary.clone(), |said| format!("{summary}: {}", said.trim()))
}

fn with_user(place: &str, user: Option<&str>) -> String {
    let user = user
        .map(|user| format!("--id {}", crate::shell::quote(user)))
        .unwrap_or_default();
    format!("{place} {user}").trim().to_owned()
}

fn site(machine: &Machine, name: &str, arguments: &str, pool: &str) -> Site {
    let options = SiteOptions {
        name: name.to_owned(),
        prefix: machine.prefix.clone(),
        rbd_arguments: arguments.to_owned(),
        pool: pool.to_owned(),
        timeout: PATIENCE,
    };
    Site::new(machine.shell().clone(), options)
}

/// Whether a site is called by an id, as cephadm does: no name for people.
fn is_id(name: &str) -> bool {
    uuid::Uuid::try_parse(name).is_ok()
}
