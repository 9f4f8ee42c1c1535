//! Opening what a run works with: the cloud, the sites, the logs and their shells.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use secrecy::ExposeSecret;

use super::context::{Context, Session, SitePair};
use super::place;
use super::{Observer, RunOptions, TimedOutWaits, VolumeLogPlace};
use crate::bounded_file;
use crate::cloud::{AnswerRecord, ChangeRecord, Cloud, CloudConfig, RequestObserver, RequestRecord};
use crate::event::{EventKind, Recorder};
use crate::failure::Failure;
use crate::names::RunId;
use crate::shell::{CommandObserver, Keys, Shell, SshEntry, SshOptions, passphrase, unlock};
use crate::site::{Site, SiteOptions};
use crate::targets::{self, Target};
use crate::wait::milliseconds;

/// How many commands may run at a time on a host of storage or of logs: chains that run side by side ask it at the same time.
/// Each has a session of its own, and they are opened one after another, so sshd's `MaxStartups` is kept.
const SESSIONS: usize = 8;

/// How long a host that may be dead may take to let a recovery in.
const DEAD: Duration = Duration::from_secs(10);

/// Logs in and opens the shells. Who finishes what a dead run left gives that run's working directory: `clouds.yaml` is looked for
/// there first, and a host of storage or logs that cannot be reached keeps it from nothing but what that host is needed for.
pub(crate) async fn connect(
    run: RunId,
    target: Arc<Target>,
    recorder: &Recorder,
    options: RunOptions,
    recovering: Option<&Path>,
) -> Result<Context, Failure> {
    // Asked for before anything is shown.
    for key in keys(&target) {
        unlock(Keys::file(key)).await;
    }
    let observer = options.observer.clone();
    if let Some(observer) = &observer {
        observer.begins(&target, recorder.folder().as_deref(), recorder.secrets())?;
    }
    let profile = target.driver.profile.clone();
    let config = place::cloud_config(&target, recovering)?;
    learn_secrets(recorder, &config, &target);
    let requests = Requests {
        recorder: recorder.clone(),
        observer: observer.clone(),
    };
    let cloud = Cloud::connect(config, Arc::new(requests)).await?;
    if let Some(version) = cloud.stand_in() {
        let version = version.to_owned();
        recorder.record(EventKind::StandIn { version });
    }
    let commands = observer.map(|observer| observer as Arc<dyn CommandObserver>);
    let asked = |site| Some(site).filter(|_| profile.asks_rbd());
    let doors = Doors {
        recovering: recovering.map(|_| recorder),
        budget: target.budgets.command,
    };
    let sites = match (
        doors.site(asked(&target.sites.primary)).await?,
        doors.site(target.sites.secondary.as_ref().and_then(asked)).await?,
    ) {
        (Some(primary), Some(secondary)) => Some(SitePair {
            primary: primary.observed_by(commands.clone()),
            secondary: secondary.observed_by(commands),
        }),
        _ => None,
    };
    let mut logs = Vec::new();
    for log in &target.volume_logs {
        let shell = doors.open(&log.shell, "the cinder-volume log").await?;
        logs.push(VolumeLogPlace {
            source: log.source.clone(),
            prefix: log.prefix.clone(),
            shell,
        });
    }
    let backend = target.backend.clone();
    let recorder = recorder.clone();
    Ok(Context::new(Session {
        run,
        target,
        backend,
        profile,
        cloud,
        recorder,
        sites,
        logs,
        timed_out_waits: TimedOutWaits::default(),
        options,
    }))
}

/// Lets the recorder know what must never be shown: how the run logs in, and the private keys that it uses. Tokens and
/// what connection info holds are learnt as they come.
fn learn_secrets(recorder: &Recorder, config: &CloudConfig, target: &Target) {
    for secret in config.secrets() {
        recorder.secrets().learn(secret);
    }
    for key in keys(target) {
        // A key that cannot be read is a failure of whoever uses it.
        if let Ok(bytes) = bounded_file::read(key) {
            recorder.secrets().learn(&String::from_utf8_lossy(&bytes));
        }
        if let Some(passphrase) = passphrase::of(key) {
            recorder.secrets().learn(passphrase.expose_secret());
        }
    }
}

/// The private keys that a target names.
fn keys(target: &Target) -> impl Iterator<Item = &Path> {
    let sites = [&target.sites.primary].into_iter().chain(&target.sites.secondary);
    let shells = sites
        .filter_map(|site| site.shell.as_ref())
        .chain(target.volume_logs.iter().map(|log| &log.shell));
    let keys = shells.filter_map(|shell| match shell {
        targets::Shell::Ssh(ssh) => ssh.key.as_deref(),
        _ => None,
    });
    keys.chain([target.guest.key.as_path()])
}

/// How the hosts of a run are opened.
struct Doors<'a> {
    /// Where a recovery notes what it does without.
    recovering: Option<&'a Recorder>,
    budget: Duration,
}

impl Doors<'_> {
    /// Opens a shell. A recovery goes on without a host that cannot be reached, and tries it again with each command.
    async fn open(&self, access: &targets::Shell, whose: &str) -> Result<Shell, Failure> {
        let limit = self.recovering.map_or(self.budget, |_| self.budget.min(DEAD));
        let shell = unopened(access, limit);
        match (shell.open().await, self.recovering) {
            (Err(error), Some(recorder)) if error.is_unreachable() => recorder.record(EventKind::Noticed {
                text: format!("{}: what needs {whose} is not done", error.summary()),
            }),
            (opened, _) => opened.map_err(|error| Failure::from(error).during(whose))?,
        }
        Ok(shell)
    }

    /// A site that can be asked; `None` where the target does not say how.
    async fn site(&self, site: Option<&targets::Site>) -> Result<Option<Site>, Failure> {
        let Some(site) = site else { return Ok(None) };
        let (Some(access), Some(pool)) = (&site.shell, &site.pool) else {
            return Ok(None);
        };
        let shell = self.open(access, &format!("site {}", site.name)).await?;
        let options = SiteOptions {
            name: site.name.clone(),
            prefix: site.prefix.clone(),
            rbd_arguments: site.rbd_arguments.clone(),
            pool: pool.clone(),
            timeout: self.budget,
        };
        Ok(Some(Site::new(shell, options)))
    }
}

/// A site that can be asked; `None` where the target does not say how.
///
/// # Errors
/// Its shell cannot be reached.
pub async fn site(target: &Target, site: Option<&targets::Site>) -> Result<Option<Site>, Failure> {
    let doors = Doors {
        recovering: None,
        budget: target.budgets.command,
    };
    doors.site(site).await
}

/// Opens a shell that a target names.
///
/// # Errors
/// It cannot be reached within the time.
pub async fn shell(access: &targets::Shell, connect_timeout: Duration) -> Result<Shell, Failure> {
    let shell = unopened(access, connect_timeout);
    shell.open().await?;
    Ok(shell)
}

fn unopened(access: &targets::Shell, connect_timeout: Duration) -> Shell {
    match access {
        targets::Shell::Local => Shell::local(),
        targets::Shell::Program(words) => Shell::by_program(words, connect_timeout),
        targets::Shell::Entry(entry) => Shell::of_entry(SshEntry {
            name: entry.name.clone(),
            config: entry.config.clone(),
            trust: entry.host_key.clone(),
            connect_timeout,
            sessions: SESSIONS,
        }),
        targets::Shell::Ssh(ssh) => {
            let keys = ssh.key.as_ref().map_or_else(Keys::of_agent, Keys::file);
            Shell::ssh_when_needed(SshOptions {
                connect_timeout,
                trust: ssh.host_key.clone(),
                via: ssh.via.clone(),
                sessions: SESSIONS,
                ..SshOptions::new(&ssh.address.host, ssh.address.port, &ssh.user, keys)
            })
        }
    }
}

/// Puts every request into the journal, and shows every answer to who looks on.
struct Requests {
    recorder: Recorder,
    observer: Option<Arc<dyn Observer>>,
}

impl RequestObserver for Requests {
    fn changing<'a>(&'a self, change: &'a ChangeRecord) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async {
            let intended = self.recorder.intend(EventKind::Requesting {
                service: change.service.as_str().to_owned(),
                method: change.method.clone(),
                url: change.url.clone(),
                action: change.action.clone(),
            });
            intended.await.map_err(|error| error.to_string())
        })
    }

    fn answered(&self, answer: &AnswerRecord<'_>) {
        if let Some(observer) = &self.observer {
            observer.answered(answer);
        }
    }

    fn requested(&self, record: &RequestRecord) {
        self.recorder.record(EventKind::Requested {
            service: record.service.as_str().to_owned(),
            method: record.method.clone(),
            url: record.url.clone(),
            status: record.status,
            request_id: record.request_id.clone(),
            milliseconds: milliseconds(record.duration),
            attempt: record.attempt,
            error: record.error.clone(),
            refused: record.refused,
        });
    }

    fn knows_secret(&self, secret: &str) {
        self.recorder.secrets().learn(secret);
    }
}
