//! What all parts work with.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Teller, Told};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::shell::quote;
use crate::site::{Cluster, PoolInfo, Site};
use crate::targets;

/// A site that is set up, asked as an administrator.
#[derive(Clone, Debug)]
pub struct EnabledSite {
    /// The site.
    pub site: Site,
    /// Its pool.
    pub pool: String,
}

impl EnabledSite {
    /// The site of a target, with its shell.
    ///
    /// # Errors
    /// The target does not name its pool.
    pub fn new(site: Site, declared: &targets::Site) -> Result<EnabledSite, Failure> {
        let arguments = declared.admin_arguments.as_deref();
        let Some(pool) = declared.pool.clone() else {
            return Err(
                Failure::usage(format!("the target does not name the pool at {}", declared.name))
                    .help("give the site a `pool` in the target"),
            );
        };
        Ok(EnabledSite {
            site: arguments.map_or_else(|| site.clone(), |arguments| site.with_arguments(arguments)),
            pool,
        })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.site.name()
    }

    /// The pool as a word of a command line.
    #[must_use]
    pub fn pool_word(&self) -> String {
        quote(&self.pool).into_owned()
    }
}

/// Both sites, whether anything is done at all, and the observer.
pub struct Enabler<'a> {
    primary: EnabledSite,
    secondary: EnabledSite,
    /// Whether commands are only shown.
    dry_run: bool,
    /// How long a site may take until what was started runs.
    patience: Duration,
    teller: Teller<'a>,
    changes: AtomicUsize,
    left: AtomicUsize,
}

impl<'a> Enabler<'a> {
    /// Sets up these sites, or with `dry_run` only shows how. `patience` is how long daemons may take to start.
    #[must_use]
    pub fn new(sites: [EnabledSite; 2], dry_run: bool, patience: Duration, teller: Teller<'a>) -> Enabler<'a> {
        let [primary, secondary] = sites;
        Enabler {
            primary,
            secondary,
            dry_run,
            patience,
            teller,
            changes: AtomicUsize::new(0),
            left: AtomicUsize::new(0),
        }
    }

    /// A site.
    #[must_use]
    pub fn site(&self, name: SiteName) -> &EnabledSite {
        match name {
            SiteName::Primary => &self.primary,
            SiteName::Secondary => &self.secondary,
        }
    }

    /// Both sites.
    pub(super) fn sites(&self) -> [&EnabledSite; 2] {
        [&self.primary, &self.secondary]
    }

    /// Whether commands are only shown.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        self.dry_run
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// How many commands that change something ran, or would.
    #[must_use]
    pub fn changes(&self) -> usize {
        self.changes.load(Ordering::Relaxed)
    }

    /// How much is left to the operator.
    #[must_use]
    pub fn left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }

    pub(super) fn tell(&self, told: Told) {
        if matches!(told, Told::Left(_)) {
            self.left.fetch_add(1, Ordering::Relaxed);
        }
        (self.teller)(told);
    }

    /// Shows a command line that changes something. Whether it is to run.
    pub(super) fn shows(&self, at: &str, line: &str) -> bool {
        self.changes.fetch_add(1, Ordering::Relaxed);
        (self.teller)(Told::Command {
            at: at.to_owned(),
            line: line.to_owned(),
        });
        !self.dry_run
    }

    /// Shows a command line and runs it, unless this is a dry run.
    pub(super) async fn run(&self, site: &EnabledSite, doing: &str, line: &str) -> Result<(), Failure> {
        if self.shows(site.name(), line) {
            let printed = site.site.perform(doing, line).await?;
            if !printed.trim().is_empty() {
                self.tell(Told::Printed {
                    at: site.name().to_owned(),
                    text: printed.trim_end().to_owned(),
                });
            }
        }
        Ok(())
    }
}

/// The cluster and the mirroring of a site's pool.
pub(super) async fn look(site: &EnabledSite) -> Result<(Cluster, PoolInfo), Failure> {
    let cluster = site.site.cluster().await?;
    let info = site.site.pool_info(&site.pool).await?;
    Ok((cluster, info))
}
