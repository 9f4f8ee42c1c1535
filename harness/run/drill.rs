//! A whole run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::chain::{Chain, run_chain};
use super::context::{Context, SitePair, World};
use super::interrupt::Interrupt;
use super::wait::milliseconds;
use crate::cloud::{AnswerRecord, Cloud, CloudConfig, Environment, RequestObserver, RequestRecord};
use crate::connection::DriverProfile;
use crate::event::{EventKind, Recorder, RunId, Verdict};
use crate::failure::{Failure, FailureKind};
use crate::shell::{CommandObserver, CommandRecord, Shell, SshOptions};
use crate::site::{Site, SiteOptions};
use crate::target::{self, CloudSource, SiteName, Target};

/// The version of the journal's format.
const JOURNAL_FORMAT: u32 = 1;

/// Runs chains of scenarios against a target, one after the other: they share its backend.
///
/// # Errors
/// The cloud or a site could not be reached at all, so no scenario ran.
pub async fn drill(
    run: RunId,
    target: Arc<Target>,
    chains: &[Chain],
    recorder: &Recorder,
    interrupt: &Interrupt,
) -> Result<(), Failure> {
    let began = Instant::now();
    let asked_for = chains
        .iter()
        .flat_map(|chain| chain.links.iter().filter(|link| link.asked_for));
    recorder.record(EventKind::RunStarted {
        format: JOURNAL_FORMAT,
        run: run.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        target: target.name.to_string(),
        backend: target.backend.to_string(),
        scenarios: asked_for.map(|link| link.scenario.to_string()).collect(),
    });
    let connected = tokio::select! {
        connected = connect(run, target, recorder) => connected,
        () = interrupt.pressed() => Err(Failure::new(FailureKind::Interrupted, "interrupted by Ctrl-C or a signal")),
    };
    let result = match connected {
        Ok(mut context) => {
            let mut left = 0;
            for chain in chains {
                if left > 0 {
                    // What is left may be a backend that is failed over, or volumes that a failover would move.
                    not_run(
                        chain,
                        "what ran before it could not clean up: see what is LEFT",
                        recorder,
                    );
                    continue;
                }
                left = run_chain(&mut context, chain, interrupt).await;
            }
            Ok(())
        }
        Err(failure) => {
            for chain in chains {
                not_run(chain, &failure.summary, recorder);
            }
            Err(failure)
        }
    };
    recorder.record(EventKind::RunFinished {
        milliseconds: milliseconds(began.elapsed()),
    });
    result
}

/// Records of the scenarios of a chain that were asked for that they do not run.
fn not_run(chain: &Chain, because: &str, recorder: &Recorder) {
    for link in chain.links.iter().filter(|link| link.asked_for) {
        chain.record_start(link, recorder);
        recorder.record(EventKind::ScenarioFinished {
            scenario: link.scenario.to_string(),
            verdict: Verdict::NotRun {
                because: because.to_owned(),
            },
            milliseconds: 0,
        });
    }
}

async fn connect(run: RunId, target: Arc<Target>, recorder: &Recorder) -> Result<Context, Failure> {
    recorder.observations().names(names(&target));
    let profile = profile(&target.driver)?;
    let environment = Environment::of_process()
        .map_err(|error| Failure::harness(format!("cannot read the current directory: {error}")))?;
    let name = match &target.cloud {
        CloudSource::Named(name) => name,
        CloudSource::Environment => "envvars",
    };
    let config = CloudConfig::load(name, target.clouds_file.as_deref(), &environment)?;
    let cloud = Cloud::connect(config, Arc::new(Requests(recorder.clone()))).await?;
    let sites = match (
        site(&target, Some(&target.sites.primary), recorder).await?,
        site(&target, target.sites.secondary.as_ref(), recorder).await?,
    ) {
        (Some(primary), Some(secondary)) => Some(SitePair { primary, secondary }),
        _ => None,
    };
    let log_shell = match &target.volume_log {
        Some(log) => Some(
            shell(&target, &log.shell)
                .await
                .map_err(|failure| failure.during("the cinder-volume log"))?,
        ),
        None => None,
    };
    let backend = target.backend.as_str().parse()?;
    let recorder = recorder.clone();
    Ok(Context {
        run,
        target,
        backend,
        profile,
        cloud,
        recorder,
        sites,
        log_shell,
        world: World::default(),
        position: (None, 0),
    })
}

/// A site that can be asked; `None` where the target does not say how.
async fn site(target: &Target, site: Option<&target::Site>, recorder: &Recorder) -> Result<Option<Site>, Failure> {
    let Some(site) = site else { return Ok(None) };
    let (Some(access), Some(pool)) = (&site.shell, &site.pool) else {
        return Ok(None);
    };
    let shell = shell(target, access)
        .await
        .map_err(|failure| failure.during(&format!("site {}", site.name)))?;
    let options = SiteOptions {
        name: site.name.clone(),
        prefix: site.prefix.clone(),
        rbd_arguments: site.rbd_arguments.clone(),
        pool: pool.clone(),
        timeout: target.budgets.command,
    };
    Ok(Some(
        Site::new(shell, options).observed_by(Arc::new(Commands(recorder.clone()))),
    ))
}

async fn shell(target: &Target, access: &target::Shell) -> Result<Shell, Failure> {
    match access {
        target::Shell::Local => Ok(Shell::local()),
        target::Shell::Ssh(ssh) => Ok(Shell::connect_ssh(SshOptions {
            host: ssh.address.host.clone(),
            port: ssh.address.port,
            user: ssh.user.clone(),
            key: ssh.key.clone(),
            connect_timeout: target.budgets.command,
            expected_host_key: None,
        })
        .await?),
    }
}

fn profile(source: &target::DriverProfile) -> Result<DriverProfile, Failure> {
    Ok(match source {
        target::DriverProfile::Known(known) => DriverProfile::named(known.name())?,
        target::DriverProfile::File(path) => DriverProfile::from_file(path)?,
    })
}

/// Puts every request into the journal.
struct Requests(Recorder);

impl RequestObserver for Requests {
    fn answered(&self, answer: &AnswerRecord<'_>) {
        self.0.observations().answer(answer);
    }

    fn requested(&self, record: &RequestRecord) {
        self.0.record(EventKind::Requested {
            service: record.service.as_str().to_owned(),
            method: record.method.clone(),
            url: record.url.clone(),
            status: record.status,
            request_id: record.request_id.clone(),
            milliseconds: milliseconds(record.duration),
            attempt: record.attempt,
            error: record.error.clone(),
        });
    }
}

/// What the target calls things, and what stands for each when two targets are compared.
fn names(target: &Target) -> BTreeMap<String, String> {
    let mut names = BTreeMap::from([(target.backend.to_string(), "<backend>".to_owned())]);
    names.extend(
        target
            .volume_log
            .iter()
            .map(|log| (log.path.clone(), "<log>".to_owned())),
    );
    for position in SiteName::ALL {
        if let Some(site) = target.sites.get(position) {
            names.insert(site.name.clone(), format!("<{position}>"));
            names.extend(
                site.pool
                    .as_ref()
                    .map(|pool| (format!("{pool}/"), "<pool>/".to_owned())),
            );
        }
    }
    names
}

/// Keeps what commands print.
pub(super) struct Commands(pub(super) Recorder);

impl CommandObserver for Commands {
    fn ran(&self, record: &CommandRecord<'_>) {
        self.0.observations().command(record);
    }
}
