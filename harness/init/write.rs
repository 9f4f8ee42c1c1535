//! A target from all that was seen.

use std::path::{Path, PathBuf};

use super::backends::{Candidate, candidates, choose};
use super::cloud::{self, CloudSeen};
use super::controller::{self, ControllerSeen};
use super::driver::{DriverSeen, driver};
use super::guest::guest;
use super::machine::{LogIn, Machine, Reach, Role};
use super::parts::{compute, log, of_driver, shared, types_of, volume_types};
use super::sites;
use super::yaml::{Block, Value};
use crate::cloud::{BackendHost, Cloud, VolumeType};
use crate::document;
use crate::drivers::{self, DriverProfile, Moves};
use crate::failure::Failure;

/// What the user says.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// The cloud's entry in clouds.yaml, or `envvars`.
    pub cloud: String,
    /// The clouds.yaml, if it is not on the usual search path.
    pub clouds_file: Option<PathBuf>,
    /// The backend.
    pub backend: Option<BackendHost>,
    /// The driver profile.
    pub driver: Option<String>,
    /// The machines that may be logged in to.
    pub reach: Vec<Reach>,
    /// The private key for them.
    pub key: Option<PathBuf>,
    /// Whether host keys that nobody knows are taken, and written into the target.
    pub accept_new: bool,
    /// What stands before every command on the host of cinder-volume.
    pub prefix: String,
    /// Where cinder.conf is there.
    pub cinder_conf: Option<String>,
    /// Values by their paths in the target.
    pub set: Vec<(String, String)>,
}

/// A target that was written.
#[derive(Clone, Debug)]
pub struct Drafted {
    /// The file.
    pub text: String,
    /// Its backend.
    pub backend: BackendHost,
    /// Its driver profile, if that is known.
    pub driver: Option<String>,
    /// The other backends, and why they cannot be drilled; or that they can.
    pub others: Vec<(String, String)>,
    /// What is worth knowing.
    pub notes: Vec<String>,
    /// What is left open: its path in the file, and what belongs there.
    pub open: Vec<(String, String)>,
}

/// The machines that were logged in to.
#[derive(Default)]
struct Machines {
    controller: Option<Machine>,
    primary: Option<Machine>,
    secondary: Option<Machine>,
    compute: Vec<(String, Machine)>,
}

impl Machines {
    async fn open(wishes: &Wishes) -> Result<Machines, Failure> {
        let log_in = LogIn {
            key: wishes.key.clone(),
            accept_new: wishes.accept_new,
        };
        let mut machines = Machines::default();
        for reach in &wishes.reach {
            let prefix = match reach.role {
                Role::Controller => wishes.prefix.as_str(),
                _ => "",
            };
            let machine = Machine::open(reach, &log_in, prefix).await?;
            let before = match &reach.role {
                Role::Controller => machines.controller.replace(machine),
                Role::Primary => machines.primary.replace(machine),
                Role::Secondary => machines.secondary.replace(machine),
                Role::Compute(name) => {
                    machines.compute.push((name.clone(), machine));
                    None
                }
            };
            if before.is_some() {
                return Err(Failure::usage(format!("--ssh names two machines for {}", reach.role))
                    .help("write the role before the machine: --ssh primary=USER@HOST, secondary=, controller=, compute:NAME="));
            }
        }
        Ok(machines)
    }
}

/// Asks the cloud and the machines, and writes a target.
///
/// # Errors
/// The cloud or a machine cannot be asked, or it is not clear which backend is meant.
pub async fn draft(cloud: &Cloud, wishes: &Wishes) -> Result<Drafted, Failure> {
    let seen = cloud::ask(cloud).await?;
    let candidates = candidates(&seen);
    let candidate = choose(&candidates, wishes.backend.as_ref())?;
    let machines = Machines::open(wishes).await?;
    let controller = match &machines.controller {
        Some(machine) => Some(controller::ask(machine, wishes.cinder_conf.as_deref()).await?),
        None => None,
    };
    let mut notes = Vec::new();
    let section = candidate.backend.backend();
    if let Some(controller) = controller.as_ref().filter(|seen| !seen.conf.has(section)) {
        notes.push(format!(
            "{} has no section [{section}]: is this the host of {}?",
            controller.conf.files.join(", "),
            candidate.backend
        ));
    }
    let driver = driver_of(wishes, candidate, controller.as_ref(), &seen)?;
    let mut block = head(wishes, candidate, &driver, controller.as_ref());
    let sites = if driver.profile.is_some_and(DriverProfile::asks_rbd) {
        let known = sites::rbd(candidate, controller.as_ref().map(|seen| &seen.conf));
        let at = [&machines.primary, &machines.secondary].map(|own| own.as_ref().or(machines.controller.as_ref()));
        let asked = sites::ask(known, at).await;
        if sites::connections(&asked).is_none() {
            notes.push(
                "what connection info says at each site is not known, so a drill cannot tell them apart by it: name the host \
                 of cinder-volume with --ssh, or find it by a first drill: cinder-drill init --learn FILE"
                    .to_owned(),
            );
        }
        sites::of_rbd(&asked)
    } else {
        let devices = controller
            .as_ref()
            .map(|seen| seen.conf.devices(section))
            .unwrap_or_default();
        notes.push(
            "no API says what connection info is at each array: find it by a first drill: cinder-drill init --learn FILE"
                .to_owned(),
        );
        sites::of_others(candidate, devices, driver.profile)
    };
    block.put("sites", Value::Block(sites));
    log(
        &mut block,
        machines.controller.as_ref(),
        controller.as_ref(),
        &mut notes,
    );
    compute(&mut block, &machines.compute);
    volume_types(&mut block, candidate, &seen, driver.profile);
    let on_ceph = driver.profile.is_some_and(DriverProfile::asks_rbd);
    let user = wishes.set.iter().rfind(|(path, _)| path == "guest.user");
    let guest = guest(&seen, on_ceph, user.map(|(_, user)| user.as_str()));
    block.put("guest", Value::Block(guest));
    of_driver(&mut block, driver.profile);
    shared(&mut block, candidate, &mut notes);
    block
        .put(
            "budgets",
            Value::Off("{ server: 10m, boot: 10m, failover: 10m, shelve: 10m }".to_owned()),
        )
        .say("The time limits, where the usual ones are too short.");
    for (path, value) in &wishes.set {
        block.set(&path.split('.').collect::<Vec<_>>(), set_value(value));
    }
    let mut text = header(wishes, machines.controller.as_ref(), controller.as_ref());
    block.write(0, &mut text);
    Ok(Drafted {
        text,
        backend: candidate.backend.clone(),
        driver: driver.profile.map(|profile| profile.name.clone()),
        others: candidates
            .iter()
            .filter(|one| one.backend != candidate.backend)
            .map(|one| {
                let says = one
                    .why_not
                    .as_deref()
                    .unwrap_or("can be drilled, too: name it with --backend");
                (one.backend.to_string(), says.to_owned())
            })
            .collect(),
        notes,
        open: block.open(),
    })
}

/// A value of the command line: YAML where it is some, else a text.
fn set_value(text: &str) -> Value {
    let line = format!("x: {text}");
    match document::parse(&"".into(), &line) {
        Ok(Some(_)) if !text.trim().is_empty() && !text.contains(['#', '\n']) => Value::Flow(text.to_owned()),
        _ => Value::Text(text.to_owned()),
    }
}

/// A driver, as far as it is known.
struct DriverKnown {
    called: Result<String, Vec<String>>,
    profile: Option<&'static DriverProfile>,
}

fn driver_of(
    wishes: &Wishes,
    candidate: &Candidate,
    controller: Option<&ControllerSeen>,
    seen: &CloudSeen,
) -> Result<DriverKnown, Failure> {
    let named = |name: &str| {
        drivers::named(name).map_err(|fault| Failure::usage(fault.summary()).detail("there are", fault.note()))
    };
    let known = match (&wishes.driver, &candidate.pool) {
        // A file with a profile: it is read where the target is.
        (Some(name), _) if name.contains(['/', '.']) => DriverKnown {
            called: Ok(name.clone()),
            profile: None,
        },
        (Some(name), _) => DriverKnown {
            called: Ok(name.clone()),
            profile: Some(named(name)?),
        },
        (None, None) => DriverKnown {
            called: Err(Vec::new()),
            profile: None,
        },
        (None, Some(pool)) => {
            let class = controller.and_then(|seen| seen.conf.backend(candidate.backend.backend(), "volume_driver"));
            let types: Vec<&VolumeType> = types_of(candidate, seen).collect();
            match driver(class, &pool.capabilities, &types) {
                DriverSeen::One(name) => DriverKnown {
                    profile: Some(named(&name)?),
                    called: Ok(name),
                },
                DriverSeen::Several(names) => DriverKnown {
                    called: Err(names),
                    profile: None,
                },
            }
        }
    };
    let Some(profile) = known.profile else { return Ok(known) };
    let why_not = match (&profile.moves, &candidate.cluster) {
        (Moves::Backend, Some(cluster)) if profile.active_active.fails_back == Some(false) => {
            let because = profile.active_active.because.clone().unwrap_or_default();
            Some(format!(
                "it is in the active-active cluster {cluster}, from which its driver does not come back: {because}"
            ))
        }
        (Moves::Backend, _) => None,
        (Moves::Groups(why) | Moves::Nothing(why), _) => Some(format!("its driver moves no backend: {why}")),
    };
    match why_not {
        Some(why) => Err(
            Failure::cloud(format!("{} cannot be drilled: {why}", candidate.backend))
                .help("drill another backend: name it with --backend"),
        ),
        None => Ok(known),
    }
}

fn header(wishes: &Wishes, machine: Option<&Machine>, controller: Option<&ControllerSeen>) -> String {
    let mut read = vec![format!("the APIs of cloud {}", wishes.cloud)];
    if let (Some(machine), Some(controller)) = (machine, controller) {
        read.push(format!("{} on {}", controller.conf.files.join(", "), machine.place()));
    }
    format!(
        "# A target of cinder-drill: `cinder-drill schema target` has every key, and `cinder-drill init --like example` explains them.\n\
         # `cinder-drill init` read it from {}.\n#\n#     cinder-drill check --target FILE\n#     cinder-drill preflight --target FILE\n\n",
        read.join(" and ")
    )
}

fn head(wishes: &Wishes, candidate: &Candidate, driver: &DriverKnown, controller: Option<&ControllerSeen>) -> Block {
    let mut block = Block::default();
    block.put("target", Value::Text(name_of(&wishes.cloud)));
    block
        .put("cloud", Value::Text(wishes.cloud.clone()))
        .say("The entry of clouds.yaml. Its user must be an administrator, to fail over and to see all volumes.");
    block.text("clouds-file", wishes.clouds_file.as_deref().and_then(Path::to_str));
    let backend = block.put("backend", Value::Text(candidate.backend.to_string()));
    backend.say("The backend that a drill moves, with every volume on it.");
    if let Some(cluster) = &candidate.cluster {
        backend.say(format!(
            "It is in the active-active cluster {cluster}, which moves as a whole."
        ));
    }
    let class = controller.and_then(|seen| seen.conf.backend(candidate.backend.backend(), "volume_driver"));
    match &driver.called {
        Ok(name) => {
            let entry = block.put("driver", Value::Text(name.clone()));
            entry.say("What its driver does in a failover: `cinder-drill drivers` lists the profiles.");
            if let Some(class) = class {
                entry.say(format!("Cinder's driver is {class}."));
            }
        }
        Err(names) => {
            let entry = block.put(
                "driver",
                Value::Open("the driver profile; `cinder-drill drivers` lists them".to_owned()),
            );
            if (1..=12).contains(&names.len()) {
                entry.say(format!("It may be {}.", names.join(", ")));
            }
        }
    }
    block
}

/// A name for a target: what a name may not hold is left out.
fn name_of(cloud: &str) -> String {
    let letters = cloud.to_lowercase();
    let letters = letters
        .chars()
        .map(|one| if one.is_ascii_alphanumeric() { one } else { '-' });
    let words: Vec<String> = letters
        .collect::<String>()
        .split('-')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let name = words.join("-");
    if name.starts_with(|first: char| first.is_ascii_lowercase()) {
        name
    } else {
        format!("cloud-{name}").trim_end_matches('-').to_owned()
    }
}
