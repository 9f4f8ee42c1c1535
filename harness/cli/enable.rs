//! `cinder-drill enable`: from two bare clusters to a backend that replicates.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::on_target::on_target;
use super::options::TargetOption;
use super::{ColorChoice, exit_code};
use crate::cloud::{Cloud, Unobserved};
use crate::counted::counted;
use crate::enable::{
    EnabledSite, Enabler, Told, make_peers, make_volume_types, mirror_pools, run_daemons, section, verify_pools,
    write_config,
};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::preflight::write_wrapped;
use crate::session::{log_in, site};
use crate::targets::Target;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    target: TargetOption,
    /// Shows the commands, and runs none that changes anything
    #[arg(long)]
    dry_run: bool,
    /// Puts the section of the backend into this cinder.conf, which is kept beside it as it was
    #[arg(long, value_name = "PATH")]
    write_config: Option<PathBuf>,
}

/// Looks at each part, does what is missing, and looks again. The exit code is 0 if both sites mirror the pool with each
/// other afterwards, or if this is a dry run; 1 if something is left to the operator that keeps them from it.
pub(super) fn enable(arguments: &Arguments, color: ColorChoice) -> u8 {
    on_target(arguments.target.path(), color, async |target| {
        let cloud = log_in(target, None, Arc::new(Unobserved)).await?;
        let sites = [
            enabled_site(target, SiteName::Primary).await?,
            enabled_site(target, SiteName::Secondary).await?,
        ];
        let enabler = Enabler::new(sites, arguments.dry_run, target.budgets.replication, &print);
        set_up(&enabler, &cloud, target).await?;
        let config_left = configure(target, &cloud, arguments.write_config.as_deref(), arguments.dry_run).await?;
        Ok(end(&enabler, config_left))
    })
}

async fn set_up(enabler: &Enabler<'_>, cloud: &Cloud, target: &Target) -> Result<(), Failure> {
    print(Told::Part("rbd-mirror on both sites".to_owned()));
    run_daemons(enabler).await?;
    print(Told::Part("the pool, mirrored image by image".to_owned()));
    mirror_pools(enabler).await?;
    print(Told::Part("each site as the other's peer".to_owned()));
    make_peers(enabler).await?;
    if !enabler.is_dry() {
        for (at, text) in verify_pools(enabler).await?.texts {
            print(Told::Printed {
                at: format!("{at} $ rbd mirror pool info"),
                text,
            });
        }
    }
    print(Told::Part("the volume type".to_owned()));
    make_volume_types(enabler, cloud, target).await
}

/// What belongs into cinder.conf. Whether cinder-volume does not replicate to the secondary site yet.
async fn configure(target: &Target, cloud: &Cloud, file: Option<&Path>, dry_run: bool) -> Result<bool, Failure> {
    print(Told::Part("cinder.conf".to_owned()));
    let backend = &target.backend;
    let pools = cloud.pools().await?;
    let pool = pools.into_iter().find(|pool| backend.holds(&pool.name));
    let capabilities = pool.map(|pool| pool.capabilities);
    let id = target.sites.secondary.as_ref().and_then(|site| site.backend_id.clone());
    let replicates = capabilities.as_ref().is_some_and(|capabilities| {
        let has = |id: &String| capabilities.replication_targets.contains(id);
        capabilities.replication_enabled && id.as_ref().is_none_or(has)
    });
    let section = section(target, capabilities.and_then(|it| it.volume_backend_name).as_deref());
    if replicates {
        let to = id.unwrap_or_else(|| "its replication_device".to_owned());
        print(Told::Already(format!("cinder-volume {backend} replicates to {to}")));
    }
    show(&format!("\n{}\n", section.text()));
    match file {
        Some(file) if dry_run => print(Told::Already(format!("{} is not written in a dry run", file.display()))),
        Some(file) => {
            let written = write_config(file, &section)?;
            if written.lines.is_empty() {
                print(Told::Already(format!("{} has all of it", file.display())));
            } else {
                let kept = match written.backup {
                    Some(backup) => format!("; the old file is {}", backup.display()),
                    None => String::new(),
                };
                print(Told::Already(format!(
                    "wrote {} into {}{kept}",
                    counted(written.lines.len(), "line"),
                    file.display()
                )));
                for line in written.lines {
                    show(&format!("      {line}\n"));
                }
            }
        }
        None => {}
    }
    if !replicates {
        print(Told::Left(format!(
            "put the section into cinder.conf on the host of {backend}, name [{}] in enabled_backends, and restart cinder-volume",
            section.name
        )));
    }
    Ok(!replicates)
}

fn end(enabler: &Enabler<'_>, config_left: bool) -> u8 {
    let commands = counted(enabler.changes(), "command");
    let (text, code) = if enabler.is_dry() {
        (format!("{commands} would run; nothing was changed"), exit_code::PASS)
    } else if enabler.left() > 0 {
        (
            format!("{commands} ran; see what is LEFT to do by hand"),
            exit_code::FAILED_EXPECTATION,
        )
    } else if config_left {
        (
            format!("{commands} ran; both sites mirror the pool; cinder.conf is LEFT to do by hand"),
            exit_code::PASS,
        )
    } else {
        (
            format!("{commands} ran; both sites mirror the pool; `cinder-drill preflight` checks all of it"),
            exit_code::PASS,
        )
    };
    let mut out = String::from("\n");
    write_wrapped(&mut out, "", 0, "", &text, "");
    show(&out);
    code
}

async fn enabled_site(target: &Target, name: SiteName) -> Result<EnabledSite, Failure> {
    if !target.driver.profile.asks_rbd() {
        return Err(
            Failure::usage("only the mirroring of Ceph can be set up, whose driver profile is rbd")
                .help("set up the replication of other storage as its vendor says, then ask `cinder-drill preflight`"),
        );
    }
    let Some(declared) = target.sites.get(name) else {
        return Err(Failure::usage(format!("the target has no {name} site"))
            .help(format!("add `{name}` to the target's `sites`")));
    };
    match site(target, Some(declared)).await? {
        Some(site) => EnabledSite::new(site, declared),
        None => Err(
            Failure::usage(format!("the target does not say how to reach {}", declared.name))
                .help(format!("give sites.{name} a `shell` and a `pool` in the target")),
        ),
    }
}

fn print(told: Told) {
    let mut text = String::new();
    match told {
        Told::Part(part) => text = format!("\n{part}\n"),
        Told::Already(what) => write_wrapped(&mut text, "  ok    ", 8, "", &what, ""),
        Told::Left(what) => write_wrapped(&mut text, "  LEFT  ", 8, "", &what, ""),
        Told::Command { at, line } => {
            let prompt = format!("  {at} $ ");
            write_wrapped(&mut text, &prompt, prompt.len(), "", &line, " \\");
        }
        Told::Printed { at, text: printed } => {
            if at.contains('$') {
                text.push_str(&format!("  {at}\n"));
            }
            for line in printed.trim_end().lines() {
                text.push_str(format!("      {line}").trim_end());
                text.push('\n');
            }
        }
    }
    show(&text);
}

fn show(text: &str) {
    // A closed output changes nothing of what is done.
    let _ = stdout().write_all(text.as_bytes());
    let _ = stdout().flush();
}
