//! `cinder-drill simcloud`: serves the embedded cloud until Ctrl-C.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use simcloud::{Misconfiguration, Release};
use tokio::signal::unix::{SignalKind, signal};

use ::simcloud::Sabotage;

use super::exit_code;
use crate::drivers;
use crate::launch::{like, played_by_name, target_of, within_runtime};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    /// Seeds everything that varies in it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Multiplies every delay in it.
    #[arg(long, default_value_t = 1.0)]
    pace: f64,
    /// The TCP port of its APIs; any free one without it.
    #[arg(long)]
    port: Option<u16>,
    /// The generation of OpenStack and Ceph that it plays: zed (Debian 12), epoxy (13), gazpacho (14, in the making)
    #[arg(long, value_name = "NAME", default_value_t)]
    release: Release,
    /// Lets it misbehave: NAME, or NAME@failover or NAME@failback. `selftest --list` lists the names; may be repeated
    #[arg(long, value_name = "NAME")]
    sabotage: Vec<Sabotage>,
    /// The driver whose backend it plays in place of RBD, by the name of its profile: `cinder-drill drivers` lists them
    #[arg(long, value_name = "NAME")]
    driver: Option<String>,
    /// Sets it up wrongly in this way; may be given several times
    #[arg(long, value_name = "NAME")]
    broken: Vec<Misconfiguration>,
    /// Writes clouds.yaml and target.yaml into this folder in place of printing them.
    #[arg(long, value_name = "FOLDER")]
    write: Option<PathBuf>,
}

/// Serves the embedded cloud until Ctrl-C.
pub(super) fn simcloud(arguments: &Arguments) -> u8 {
    match within_runtime(serve(arguments)).unwrap_or_else(|failure| Err(failure.summary)) {
        Ok(()) => exit_code::PASS,
        Err(message) => {
            eprintln!("error: cannot serve the embedded cloud: {message}");
            exit_code::CLOUD_OR_HARNESS
        }
    }
}

async fn serve(arguments: &Arguments) -> Result<(), String> {
    let profile = match &arguments.driver {
        Some(name) => drivers::named(name).map_err(|fault| format!("{}; {}", fault.summary(), fault.note()))?,
        None => drivers::named("rbd").map_err(|fault| fault.summary())?,
    };
    let config = ::simcloud::Config {
        seed: arguments.seed,
        pace: arguments.pace,
        port: arguments.port,
        release: arguments.release,
        broken: arguments.broken.clone(),
        sabotage: arguments.sabotage.clone(),
        driver: played_by_name(profile).map_err(|failure| failure.to_string())?,
    };
    let cloud = ::simcloud::start(config).await.map_err(|error| error.to_string())?;
    let (clouds, target) = (cloud.clouds_yaml(), served(&target_of(profile), &cloud.variables()));
    match &arguments.write {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
            write(&folder.join("clouds.yaml"), &clouds)?;
            write(&folder.join("target.yaml"), &target)?;
            println!("wrote clouds.yaml and target.yaml into {}", folder.display());
        }
        None => println!("# clouds.yaml\n{clouds}\n# target.yaml\n{target}"),
    }
    let file = cloud.directory().join("clouds.yaml");
    eprintln!(
        "for OpenStack clients: export OS_CLIENT_CONFIG_FILE={} OS_CLOUD=simcloud",
        file.display()
    );
    eprintln!("serving until Ctrl-C");
    stopped().await.map_err(|error| error.to_string())?;
    cloud.shutdown().await;
    Ok(())
}

/// Returns at Ctrl-C, and at SIGTERM, by which scripts and service managers stop what they started.
async fn stopped() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

/// The embedded cloud's own target for one that is served: what starts a cloud and what lies beside the target's file are
/// left out, and the variables ([`simcloud::SimCloud::variables`]) filled in.
#[must_use]
pub fn served_target(variables: &BTreeMap<String, String>) -> String {
    served(like("simcloud").unwrap_or_default(), variables)
}

fn served(target: &str, variables: &BTreeMap<String, String>) -> String {
    let left_out = ["#", "simcloud:", "snapshots:"];
    let kept = target
        .lines()
        .filter(|line| !left_out.iter().any(|start| line.starts_with(start)));
    let text = kept.collect::<Vec<_>>().join("\n") + "\n";
    variables.iter().fold(text, |text, (name, value)| {
        text.replace(&format!("${{simcloud.{name}}}"), value)
    })
}
