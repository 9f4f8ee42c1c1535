//! `cinder-drill init`: writes a target for a cloud.

use std::io::{Write, stderr, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::failure_text::{refuse, show};
use super::new_file::{put, require_new};
use super::report::of_run;
use super::run::refuse_all;
use super::{ColorChoice, exit_code};
use crate::cloud::{BackendHost, Cloud, CloudConfig, Environment, Unobserved};
use crate::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::document::{DiskFiles, Files};
use crate::failure::Failure;
use crate::init::{Drafted, Learnt, Reach, Wishes, draft, learn};
use crate::launch::{LIKES, RUNS, like, within_runtime};
use crate::names::SiteName;
use crate::report::Progress;
use crate::targets::{Target, Variables};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The cloud: its entry in clouds.yaml, or `envvars`. Its user must be an administrator
    #[arg(long, value_name = "NAME", env = "OS_CLOUD", required_unless_present_any = ["like", "learn"])]
    cloud: Option<String>,
    /// Writes the target into this file, which must not exist; without it, prints it
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The clouds.yaml, if it is not on the usual search path
    #[arg(long, value_name = "FILE")]
    clouds_file: Option<PathBuf>,
    /// The backend to drill, `host@backend`, if there are several
    #[arg(long, value_name = "BACKEND")]
    backend: Option<BackendHost>,
    /// The driver profile, if it cannot be known: `cinder-drill drivers` lists them
    #[arg(long, value_name = "NAME")]
    driver: Option<String>,
    /// A machine to log in to: `USER@HOST[:PORT]`, an entry of `~/.ssh/config` or `local` is the host of cinder-volume; with a role
    /// before it another one:
    /// primary=, secondary= (where `rbd` reaches the site, if not from there), compute:NAME=. Repeatable
    #[arg(long, value_name = "[ROLE=]MACHINE")]
    ssh: Vec<Reach>,
    /// The private key for those at `USER@HOST`, in place of the SSH agent's; entries of `~/.ssh/config` name their own
    #[arg(long, value_name = "FILE")]
    ssh_key: Option<PathBuf>,
    /// Takes host keys that no known_hosts has, and writes what was seen into the target
    #[arg(long)]
    accept_new_host_keys: bool,
    /// What leads to cinder-volume's files and `rbd` on its host, such as `sudo docker exec cinder_volume`
    #[arg(long, value_name = "WORDS", default_value = "")]
    prefix: String,
    /// The path of cinder.conf there
    #[arg(long, value_name = "PATH")]
    cinder_conf: Option<String>,
    /// A value of the target, by its keys: guest.key=~/.ssh/drill. Repeatable
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Prints a commented target of this kind, and asks no cloud: example, simcloud, devstack, kolla
    #[arg(long, value_name = "KIND", conflicts_with_all = ["learn", "ssh", "set"])]
    like: Option<String>,
    /// Finds what connection info says of each site by a first drill on this target, which fails the backend over and back
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ssh", "set"])]
    learn: Option<PathBuf>,
    /// With --learn: where the drill leaves its journal [default: runs]
    #[arg(long, value_name = "FOLDER", requires = "learn")]
    runs: Option<PathBuf>,
    /// With --learn: allows exactly NUMBER foreign volumes to move with the backend; needs `shared: true` in the target
    #[arg(long, value_name = "NUMBER", requires = "learn")]
    accept_blast_radius: Option<usize>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() && key.split('.').all(|word| !word.is_empty()) => {
            Ok((key.to_owned(), value.to_owned()))
        }
        _ => Err("expected KEY=VALUE, such as guest.key=~/.ssh/drill".to_owned()),
    }
}

pub(super) fn init(arguments: &Arguments, color: ColorChoice) -> u8 {
    let done = match (&arguments.like, &arguments.learn) {
        (Some(kind), _) => like_kind(kind, arguments),
        (None, Some(target)) => return learn_from(target, arguments, color),
        (None, None) => within_runtime(of_cloud(arguments, color)).flatten(),
    };
    done.unwrap_or_else(|failure| refuse(&failure, color))
}

fn like_kind(kind: &str, arguments: &Arguments) -> Result<u8, Failure> {
    let Some(text) = like(kind) else {
        let known: Vec<String> = LIKES
            .iter()
            .map(|like| format!("{}: {}", like.name, like.about))
            .collect();
        return Err(
            Failure::usage(format!("there is no target like `{}`", kind.escape_debug()))
                .detail("there are", known.join("\n")),
        );
    };
    put(arguments.output.as_deref(), text)?;
    Ok(exit_code::PASS)
}

async fn of_cloud(arguments: &Arguments, color: ColorChoice) -> Result<u8, Failure> {
    require_new(arguments.output.as_deref())?;
    let environment = Environment::of_process()
        .map_err(|error| Failure::harness(format!("cannot read the current directory: {error}")))?;
    let name = arguments.cloud.as_deref().unwrap_or_default();
    let clouds_file = match &arguments.clouds_file {
        Some(file) => Some(absolute(file)?),
        None => None,
    };
    let config = CloudConfig::load(name, clouds_file.as_deref(), &environment)?;
    let cloud = Cloud::connect(config, Arc::new(Unobserved)).await?;
    let wishes = Wishes {
        cloud: name.to_owned(),
        clouds_file,
        backend: arguments.backend.clone(),
        driver: arguments.driver.clone(),
        reach: arguments.ssh.clone(),
        key: arguments.ssh_key.as_deref().map(absolute).transpose()?,
        accept_new: arguments.accept_new_host_keys,
        prefix: arguments.prefix.clone(),
        cinder_conf: arguments.cinder_conf.clone(),
        set: arguments.set.clone(),
    };
    let drafted = Box::pin(draft(&cloud, &wishes)).await?;
    let path = arguments.output.clone().unwrap_or_else(|| "target.yaml".into());
    if let Err((faults, sources)) = check(&path, &drafted) {
        show(&faults, &sources, color);
        return Ok(exit_code::USAGE);
    }
    put(arguments.output.as_deref(), &drafted.text)?;
    let _ = stderr().write_all(told(&drafted, arguments.output.as_deref(), name).as_bytes());
    Ok(exit_code::PASS)
}

/// A path that means the same wherever the target is.
fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| Failure::harness(format!("cannot read the current directory: {error}")))
}

/// Reads what was written: what is left open may be, and nothing else is wrong. A fault is one of what the user set.
fn check(path: &Path, drafted: &Drafted) -> Result<(), (Diagnostics, SourceMap)> {
    let mut sources = SourceMap::default();
    let files = Written {
        path,
        text: &drafted.text,
    };
    let Err(faults) = Target::load_from(&files, path, &Variables::of_process(), &mut sources) else {
        return Ok(());
    };
    let is_wrong =
        |fault: &crate::diagnostic::Diagnostic| fault.severity == Severity::Error && fault.code != Some("left-open");
    if faults.iter().any(is_wrong) {
        Err((faults, sources))
    } else {
        Ok(())
    }
}

/// The files of the disk, and the target that is not there yet.
struct Written<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Files for Written<'_> {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        if path == self.path {
            return Ok(self.text.as_bytes().to_vec());
        }
        DiskFiles.read(path)
    }

    fn yaml_files(&self, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
        DiskFiles.yaml_files(folder)
    }

    fn is_folder(&self, path: &Path) -> bool {
        DiskFiles.is_folder(path)
    }

    fn leads_out_of(&self, folder: &Path, path: &Path) -> bool {
        DiskFiles.leads_out_of(folder, path)
    }
}

/// What was written, what is to be known of it, and what comes next.
fn told(drafted: &Drafted, output: Option<&Path>, cloud: &str) -> String {
    let driver = drafted
        .driver
        .as_deref()
        .map(|name| format!(", driver {name}"))
        .unwrap_or_default();
    let verb = output.map_or_else(|| "a target".to_owned(), |path| format!("wrote {}", path.display()));
    let mut text = format!("{verb}: backend {} of cloud {cloud}{driver}\n", drafted.backend);
    for (backend, says) in &drafted.others {
        text.push_str(&format!("not it     {backend}: {says}\n"));
    }
    for note in &drafted.notes {
        text.push_str(&format!("note       {note}\n"));
    }
    for (path, what) in &drafted.open {
        text.push_str(&format!("left open  {path}: {what}\n"));
    }
    let file = output.map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    if drafted.open.is_empty() {
        text.push_str(&format!("next       cinder-drill preflight --target {file}\n"));
    } else {
        text.push_str(&format!(
            "next       fill in what is left open, or give it with --set {}=…; then: cinder-drill check --target {file}\n",
            drafted.open.first().map(|(path, _)| path.as_str()).unwrap_or_default()
        ));
    }
    text
}

fn learn_from(target: &Path, arguments: &Arguments, color: ColorChoice) -> u8 {
    if let Err(failure) = require_new(arguments.output.as_deref()) {
        return refuse(&failure, color);
    }
    let runs = arguments.runs.clone().unwrap_or_else(|| RUNS.into());
    let progress = Progress::of_stoppable(std::io::IsTerminal::is_terminal(&stderr()), color.colors(&stderr()));
    let learnt = learn(
        target,
        |drill| {
            let drill = drill.runs(runs).on_event(progress).stop_on_signals();
            match arguments.accept_blast_radius {
                Some(number) => drill.accept_blast_radius(number),
                None => drill,
            }
        },
        |drill| {
            let launched = within_runtime(drill.check()?.launch())??;
            let report = launched.report()?;
            if let Some(journal) = &launched.journal {
                let (text, _) = of_run(journal, color.colors(&stderr()))?;
                let _ = stderr().write_all(text.as_bytes());
            }
            match launched.refused {
                Some(failure) => Err(failure.into()),
                None => Ok(report),
            }
        },
    );
    match learnt {
        Ok(learnt) => put_learnt(target, &learnt, arguments).unwrap_or_else(|failure| refuse(&failure, color)),
        Err(error) => refuse_all(error, color),
    }
}

fn put_learnt(target: &Path, learnt: &Learnt, arguments: &Arguments) -> Result<u8, Failure> {
    let text = std::fs::read_to_string(target)
        .map_err(|error| Failure::file(format!("cannot read {}", target.display()), &error))?;
    for note in &learnt.notes {
        let _ = writeln!(stderr(), "note       {note}");
    }
    match learnt.put_into(target, &text) {
        Some(text) => put(arguments.output.as_deref(), &text)?,
        None => {
            for site in SiteName::ALL {
                let _ = writeln!(stdout(), "sites.{site}: {}", learnt.line(site));
            }
            let _ = writeln!(
                stderr(),
                "note       write these lines into the target yourself: its sites are not written line by line"
            );
        }
    }
    Ok(exit_code::PASS)
}
