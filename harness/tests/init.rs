//! From an empty folder to the first drill: what `init` writes is checked, preflighted and drilled, unedited.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use common::{Served, code, program, repository, served, text};

mod common;

/// A cloud that nobody has described yet, and what a user knows of it.
struct World {
    folder: tempfile::TempDir,
    /// What the user tells `init`.
    knows: Vec<String>,
}

impl World {
    fn new(knows: &[&str]) -> World {
        World {
            folder: tempfile::tempdir().expect("a folder"),
            knows: knows.iter().map(|word| (*word).to_owned()).collect(),
        }
    }

    /// A command of the program, in an empty folder that is the home directory, too.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command
            .env("HOME", self.folder.path())
            .env("INSTA_UPDATE", "no")
            .args(arguments);
        for name in ["OS_CLOUD", "OS_CLIENT_CONFIG_FILE"] {
            command.env_remove(name);
        }
        command
    }

    fn cinder_drill(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Writes the target, and adds what else the user says.
    fn init(&self, more: &[&str]) -> Output {
        let mut command = self.command(&["init"]);
        command.args(&self.knows).args(more).args(["--output", "my-cloud.yaml"]);
        command.output().expect("the program starts")
    }

    fn target(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("my-cloud.yaml")).expect("a target")
    }

    /// What a user does with what was written: nothing but to use it.
    fn check_preflight_and_drill(&self, target: &str) {
        let before = std::fs::read_to_string(self.folder.path().join(target)).expect("a target");
        let flows = repository().join("scenarios");
        let flow = |name: &str| flows.join(name).display().to_string();
        let (failover, failback) = (flow("bfv-failover.yaml"), flow("bfv-failback.yaml"));
        let commands: [&[&str]; 3] = [
            &["check", &failover, &failback, "--target", target],
            &["preflight", "--target", target, "--quiet"],
            &["run", &failover, &failback, "--target", target],
        ];
        for arguments in commands {
            let output = self.cinder_drill(arguments);
            let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
            assert_eq!(code(&output), 0, "{arguments:?}\n{before}\n{said}");
        }
        let after = std::fs::read_to_string(self.folder.path().join(target)).expect("a target");
        assert_eq!(before, after);
    }
}

/// What a user knows of a served simcloud: its clouds.yaml, its machines and the key for them.
fn of_simcloud(variables: &BTreeMap<String, String>) -> World {
    let of = |name: &str| variables[name].clone();
    World::new(&[
        "--cloud",
        "simcloud",
        "--clouds-file",
        &of("clouds_file"),
        "--ssh",
        &format!("root@{}", of("controller")),
        "--ssh",
        &format!("primary=root@{}", of("primary")),
        "--ssh",
        &format!("secondary=root@{}", of("secondary")),
        "--ssh",
        &format!("compute:box=root@{}", of("compute")),
        "--ssh-key",
        &of("client_key"),
        "--accept-new-host-keys",
        "--set",
        "guest.user=root",
        "--set",
        &format!("guest.key={}", of("client_key")),
        "--set",
        &format!("guest.port={}", of("guest_port")),
    ])
}

/// A text without what differs from run to run.
fn stable(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, value) in variables {
        text = text.replace(value, &format!("[{name}]"));
    }
    text
}

#[test]
fn a_cloud_is_described_and_drilled_without_an_edit() {
    let cloud = Served::start(2, served(3, 0.2, &[]));
    let variables = cloud.cloud().variables();
    let world = of_simcloud(&variables);
    let output = world.init(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let target = world.target();
    assert!(!target.contains("not-for-you"), "a secret of cinder.conf:\n{target}");
    insta::assert_snapshot!("simcloud", stable(&target, &variables));
    insta::assert_snapshot!("simcloud-said", stable(&text(&output.stderr), &variables));
    world.check_preflight_and_drill("my-cloud.yaml");
    // What is there is never written over.
    let again = world.init(&[]);
    assert_eq!((code(&again), world.target()), (2, target));
    insta::assert_snapshot!(text(&again.stderr), @r"
    error[usage]: my-cloud.yaml is there already
     |
     = help: name another file with --output, or remove it first
    ");
}

/// As the first, on a lab that is up (`fixtures/lab/lab up`): `cargo test --test init -- --ignored lab`.
#[test]
#[ignore = "needs a lab that is up"]
fn the_lab_is_described_and_drilled_without_an_edit() {
    let lab = std::env::var("LAB_DIR").unwrap_or_else(|_| "/srv/cinder-drill-lab".to_owned());
    let at = |name: &str| format!("{lab}/current/{name}");
    let world = World::new(&[
        "--cloud",
        "lab",
        "--clouds-file",
        &at("clouds.yaml"),
        "--ssh",
        "local",
        "--prefix",
        &at("enter"),
        "--set",
        "guest.user=root",
        "--set",
        &format!("guest.key={}", at("guest/key")),
    ]);
    let output = world.init(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    world.check_preflight_and_drill("my-cloud.yaml");
}

#[test]
fn what_nobody_told_is_left_open_and_a_check_says_so() {
    let cloud = Served::start(2, served(4, 0.2, &[]));
    let variables = cloud.cloud().variables();
    let world = World::new(&["--cloud", "simcloud", "--clouds-file", &variables["clouds_file"]]);
    let output = world.init(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    insta::assert_snapshot!("api-only", stable(&world.target(), &variables));
    insta::assert_snapshot!("api-only-said", stable(&text(&output.stderr), &variables));
    let checked = world.cinder_drill(&["check", "--target", "my-cloud.yaml"]);
    assert_eq!(code(&checked), 2);
    let said = text(&checked.stderr);
    assert!(said.contains("error[left-open]: `key` is left open"), "{said}");
    for command in ["preflight", "status"] {
        assert_eq!(
            code(&world.cinder_drill(&[command, "--target", "my-cloud.yaml"])),
            2,
            "{command}"
        );
    }
}

#[test]
fn what_cannot_be_described_is_refused_with_the_reason_and_nothing_is_written() {
    let cloud = Served::start(2, served(5, 0.2, &[]));
    let variables = cloud.cloud().variables();
    let world = of_simcloud(&variables);
    let mut said = String::new();
    let mut refuse = |world: &World, more: &[&str], exit: i32| {
        let output = world.init(more);
        assert_eq!(code(&output), exit, "{more:?}: {}", text(&output.stderr));
        let shown = stable(&text(&output.stderr), &variables);
        let shown = shown.replace(&world.folder.path().display().to_string(), "[home]");
        said.push_str(&format!("{}\n{shown}\n", more.join(" ")));
        assert!(!world.folder.path().join("my-cloud.yaml").exists(), "{more:?}");
    };
    refuse(&world, &["--backend", "box@cepf"], 2);
    refuse(&world, &["--set", "guest.prot=22"], 2);
    refuse(&world, &["--set", "sites.primary.backend-id=other"], 2);
    refuse(&world, &["--driver", "powermax-rdf"], 2);
    refuse(&world, &["--cinder-conf", "/etc/cinder/other.conf"], 3);
    refuse(&world, &["--ssh", "primary=local"], 2);
    refuse(&world, &["--prefix", "docker exec cinder_volume"], 3);
    let mut untrusting = of_simcloud(&variables);
    untrusting.knows.retain(|word| word != "--accept-new-host-keys");
    refuse(&untrusting, &[], 3);
    let mut keyless = of_simcloud(&variables);
    let at = keyless
        .knows
        .iter()
        .position(|word| word == "--ssh-key")
        .expect("an option");
    keyless.knows.drain(at..at + 2);
    refuse(&keyless, &[], 3);
    // A backend that is away, or does not replicate, has no target that could be checked.
    let broken = |how: &str| {
        let misconfiguration = how.parse().expect("a misconfiguration");
        cloud
            .runtime()
            .block_on(cloud.cloud().misconfigure(&[misconfiguration]));
    };
    broken("failed-over");
    refuse(&world, &[], 3);
    insta::assert_snapshot!("refused", said);
}

#[test]
fn a_file_to_read_is_printed_without_a_cloud() {
    let world = World::new(&[]);
    for kind in ["example", "simcloud", "devstack", "kolla"] {
        let output = world.cinder_drill(&["init", "--like", kind]);
        assert_eq!(code(&output), 0, "{kind}");
        let file = repository().join(format!("fixtures/targets/{kind}.yaml"));
        assert_eq!(text(&output.stdout), std::fs::read_to_string(file).expect("a target"));
    }
    let output = world.cinder_drill(&["init", "--like", "openstack-ansible"]);
    assert_eq!(code(&output), 2);
    insta::assert_snapshot!("like", text(&output.stderr));
    assert_eq!(code(&world.cinder_drill(&["init"])), 2, "no cloud is named");
}

/// A simcloud that plays a driver, and ends with this.
struct Playing {
    child: Child,
    folder: tempfile::TempDir,
}

impl Playing {
    fn start(driver: &str) -> Playing {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = program(folder.path())
            .args(["simcloud", "--driver", driver, "--pace", "0.2", "--write", "."])
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        assert!(
            lines.any(|line| line.is_ok_and(|line| line.contains("serving"))),
            "it serves"
        );
        Playing { child, folder }
    }

    /// What stands behind a key of the target that it wrote.
    fn told(&self, key: &str) -> String {
        let target = std::fs::read_to_string(self.folder.path().join("target.yaml")).expect("a target");
        let found = target
            .lines()
            .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": ").map(str::to_owned));
        found.unwrap_or_else(|| panic!("{key} in {target}"))
    }

    fn clouds(&self) -> PathBuf {
        self.folder.path().join("clouds.yaml")
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn written(path: &Path) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn connections_that_no_api_tells_are_learnt_from_a_first_drill() {
    let playing = Playing::start("pure-iscsi-sync");
    let clouds = playing.clouds().display().to_string();
    let (key, port) = (
        format!("guest.key={}", playing.told("key")),
        format!("guest.port={}", playing.told("port")),
    );
    let world = World::new(&[
        "--cloud",
        "simcloud",
        "--clouds-file",
        &clouds,
        "--driver",
        "pure-iscsi-sync",
        "--set",
        "guest.user=root",
        "--set",
        &key,
        "--set",
        &port,
    ]);
    let output = world.init(&[]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    assert!(!world.target().contains("not-for-you"));
    // The flows have nothing to compare with yet.
    let flow = repository().join("scenarios/bfv-failover.yaml").display().to_string();
    let checked = world.cinder_drill(&["check", &flow, "--target", "my-cloud.yaml"]);
    assert_eq!(code(&checked), 2);
    let learnt = world.cinder_drill(&["init", "--learn", "my-cloud.yaml", "--output", "learnt.yaml"]);
    assert_eq!(code(&learnt), 0, "{}{}", text(&learnt.stdout), text(&learnt.stderr));
    let target = written(&world.folder.path().join("learnt.yaml"));
    let lines: Vec<&str> = target.lines().filter(|line| line.contains("connection")).collect();
    assert_eq!(lines.len(), 2, "{target}");
    assert_ne!(lines[0], lines[1]);
    // The arrays have what the cloud was told, and so the learnt target is as good as one that a person wrote.
    let truth = written(&playing.folder.path().join("target.yaml"));
    let declared = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| line.starts_with("connection:"));
        lines.map(|line| line.replace(['"', ' '], "")).collect()
    };
    for (learnt, told) in declared(&target).iter().zip(declared(&truth)) {
        let fields = learnt.trim_start_matches("connection:{").trim_end_matches('}');
        for field in fields.split("],").map(|field| field.trim_end_matches(']')) {
            assert!(told.contains(field), "{field} in {told}");
        }
    }
    let again = world.cinder_drill(&["init", "--learn", "learnt.yaml"]);
    assert_eq!(code(&again), 2);
    assert!(
        text(&again.stderr).contains("declares the connection of"),
        "{}",
        text(&again.stderr)
    );
    let drilled = world.cinder_drill(&["run", &flow, "--target", "learnt.yaml"]);
    assert_eq!(code(&drilled), 0, "{}{}", text(&drilled.stdout), text(&drilled.stderr));
}
