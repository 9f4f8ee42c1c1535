//! A simcloud of its own, and the program that is drilled against it.

use std::ops::Deref;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cinder_drill::diagnostic::SourceMap;
use cinder_drill::event::{Event, EventKind, Journal, Reading};
use cinder_drill::internals::Command as ShellCommand;
use cinder_drill::internals::{BackendHost, Cloud, CloudConfig, Environment, KILL_AT_ENTRY, KILL_AT_LINE, Unobserved};
use cinder_drill::targets::{Target, Variables};

use crate::common::{Served, program, repository, served};
use crate::operator::Operator;
use crate::points::TOGETHER;

/// A tenth of simcloud's usual delays.
const PACE: f64 = 0.1;

/// A cloud in this process, and a folder with a target that leads to it.
pub struct World {
    served: Served,
}

impl Deref for World {
    type Target = Served;

    fn deref(&self) -> &Served {
        &self.served
    }
}

impl World {
    pub fn start() -> World {
        World::at_pace(PACE)
    }

    pub fn at_pace(pace: f64) -> World {
        let served = Served::start(1, served(7, pace, &[]));
        served.write_target(|target| target);
        World { served }
    }

    /// The cloud's faults.
    pub fn faults(&self) -> &simcloud::Faults {
        self.cloud().faults()
    }

    /// Every secret that the cloud has given out.
    pub fn secrets(&self) -> Vec<String> {
        self.cloud().secrets()
    }

    /// Makes every image of a volume primary nowhere, as a failover does that dies in its middle.
    pub fn demote_all(&self) {
        let storage = self.faults().storage();
        for image in storage.images(simsites::Site::Primary, "volumes") {
            let image = simsites::ImageName::new("volumes", image);
            // What is primary at the other site is no primary here.
            let _ = storage.demote(simsites::Site::Primary, &image);
        }
    }

    /// Sets a saboteur to work, as the command line names it.
    pub fn sabotage(&self, name: &str) {
        let cloud = self.cloud();
        cloud.sabotage(name.parse().expect("a saboteur"));
    }

    /// Sets the cloud up wrongly.
    pub fn misconfigure(&self, how: simcloud::Misconfiguration) {
        let cloud = self.cloud();
        self.runtime().block_on(cloud.misconfigure(&[how]));
    }

    /// What a check of `cinder-drill preflight` finds.
    pub fn checked(&self, check: &str) -> serde_json::Value {
        let mut command = program(self.folder());
        command
            .args(["preflight", "--format", "json", "--target"])
            .arg(self.target());
        let output = command.output().expect("the program starts");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let checks = report["checks"].as_array().expect("the checks");
        let found = checks.iter().find(|found| found["check"] == check);
        found
            .unwrap_or_else(|| panic!("there is no check {check}: {report:#}"))
            .clone()
    }

    /// Runs a command line to its end, and breaks something as soon as its journal holds an event.
    pub fn run_until_seen(
        &self,
        run: &mut Command,
        when: fn(&EventKind) -> bool,
        breaks: fn(&simcloud::Faults),
    ) -> Output {
        let child = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        loop {
            if self.has_seen(when) {
                breaks(self.faults());
                break;
            }
            if child.try_wait().expect("its state").is_some() {
                panic!(
                    "it ended before that: {}",
                    printed(&child.wait_with_output().expect("its end"))
                );
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        child.wait_with_output().expect("its end")
    }

    /// Whether the journal of the only run holds an event. It may be written at this moment.
    fn has_seen(&self, when: fn(&EventKind) -> bool) -> bool {
        let Ok(mut runs) = std::fs::read_dir(self.runs()) else {
            return false;
        };
        let Some(Ok(run)) = runs.next() else { return false };
        let text = std::fs::read_to_string(run.path().join("journal.jsonl")).unwrap_or_default();
        // From the end: what is waited for is new.
        text.lines()
            .rev()
            .take(10)
            .filter_map(|line| serde_json::from_str::<Event>(line).ok())
            .any(|event| when(&event.kind))
    }

    /// The target, with short budgets: what does not come is not waited for long.
    pub fn hurry(&self) {
        let file = self.target();
        let text = std::fs::read_to_string(&file).expect("the target");
        let budgets =
            "budgets: { volume: 20s, server: 20s, failover: 20s, replication: 3s, command: 15s, delete: 3s }\n";
        std::fs::write(&file, text + budgets).expect("written");
    }

    /// Carries a command out at a site, which must succeed; what stands before `rbd` there is in the command. Answers with what it
    /// printed.
    pub fn at_site(&self, name: &str, command: &str) -> String {
        let file = self.target();
        let mut sources = SourceMap::default();
        let target = Target::load(&file, &Variables::of_process(), &mut sources).expect("the target");
        let sites = [Some(&target.sites.primary), target.sites.secondary.as_ref()];
        let site = sites.into_iter().flatten().find(|site| site.name == name);
        let access = site.and_then(|site| site.shell.as_ref()).expect("a site with a shell");
        self.runtime().block_on(async {
            let shell = cinder_drill::internals::shell(access, Duration::from_secs(15))
                .await
                .expect("a shell");
            let output = shell.run(ShellCommand::new(command)).await.expect("an answer");
            assert!(output.success(), "{command}: {}", output.stderr_text());
            output.stdout_text()
        })
    }

    /// The private key that leads to the sites and the guests.
    pub fn client_key(&self) -> PathBuf {
        let cloud = self.cloud();
        cloud.directory().join("client_key")
    }

    /// Does something as somebody else than the run.
    pub fn as_operator(&self, act: impl AsyncFnOnce(Cloud)) {
        let cloud = self.cloud();
        let clouds = cloud.directory().join("clouds.yaml");
        self.runtime().block_on(async {
            let environment = Environment::isolated(self.folder());
            let config = CloudConfig::load("simcloud", Some(&clouds), &environment).expect("its clouds.yaml");
            act(Cloud::connect(config, Arc::new(Unobserved)).await.expect("a login")).await;
        });
    }

    /// Does something with requests of one's own, for which the harness has no calls.
    pub fn by_hand(&self, act: impl AsyncFnOnce(Operator)) {
        let cloud = self.cloud();
        let clouds = std::fs::read_to_string(cloud.directory().join("clouds.yaml")).expect("its clouds.yaml");
        let auth_url = clouds.lines().find_map(|line| line.trim().strip_prefix("auth_url:"));
        let auth_url = auth_url.expect("a URL").trim().trim_matches('"').to_owned();
        self.runtime()
            .block_on(async { act(Operator::login(&auth_url, &clouds).await).await });
    }

    /// A world in which a flow died right after a line of its journal.
    pub fn with_dead_run(flow: &str, line: &str) -> World {
        let world = World::start();
        world.dies_at(flow, line);
        world
    }

    /// Waits until a failover that was requested is over: the cloud goes on with it though nobody asks any more.
    pub fn wait_for_the_failover(&self) {
        let until = Instant::now() + Duration::from_secs(60);
        self.as_operator(async |cloud| {
            let host: BackendHost = "box@ceph".parse().expect("a backend");
            while cloud.services(Some(&host)).await.expect("the services")[0]
                .replication_status
                .as_deref()
                != Some("failed-over")
            {
                assert!(Instant::now() < until, "the failover does not end");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
    }

    /// Lets a flow die right after a line of its journal, given as a regular expression.
    pub fn dies_at(&self, flow: &str, line: &str) {
        let died = self.run(flow).env(KILL_AT_LINE, line).output();
        let died = died.expect("the program starts");
        assert!(was_killed(&died), "{}", printed(&died));
    }

    /// The id of the newest run.
    pub fn run_id(&self) -> String {
        let runs = std::fs::read_dir(self.runs()).expect("the folder of runs");
        let names = runs.map(|run| run.expect("readable").file_name().to_string_lossy().into_owned());
        names.max().expect("a run")
    }

    /// What differs from run to run, replaced.
    pub fn stable(&self, text: &str) -> String {
        let mut text = text.replace(&self.folder().display().to_string(), "[folder]");
        for (pattern, stable) in [
            (r"\d{8}-\d{6}-[0-9a-f]{4}", "[run]"),
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "[uuid]",
            ),
            (r"process(:?) \d+", "process$1 [id]"),
            (r"127\.0\.0\.1:\d+", "[address]"),
            (r"\d+ requests, \d+ polls", "[requests]"),
            (r" *\d+\.\d+ ?s\b", " [time]"),
        ] {
            let pattern = regex::Regex::new(pattern).expect("a pattern");
            text = pattern.replace_all(&text, stable).into_owned();
        }
        text
    }

    /// The command line `run` of a flow.
    pub fn run(&self, flow: &str) -> Command {
        self.run_in(flow, &self.runs())
    }

    /// The same with another folder of runs, as another machine has.
    pub fn run_in(&self, flow: &str, runs: &Path) -> Command {
        let mut command = self.command("run", runs);
        // All of the folder, or one of it.
        let scenarios = if flow == TOGETHER {
            "scenarios".to_owned()
        } else {
            format!("scenarios/{flow}.yaml")
        };
        command.arg(scenarios).arg("--target").arg(self.target());
        command
    }

    /// The command line `recover`, in another directory than the run.
    pub fn recover(&self) -> Command {
        let mut command = self.command("recover", &self.runs());
        command.current_dir(self.folder());
        command
    }

    /// What `cinder-drill runs` prints.
    pub fn listed(&self) -> String {
        let output = self.command("runs", &self.runs()).output().expect("the program starts");
        assert!(output.status.success(), "{}", printed(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    fn command(&self, verb: &str, runs: &Path) -> Command {
        let mut command = program(repository());
        command
            .arg(verb)
            .arg("--runs")
            .arg(runs)
            .env_remove(KILL_AT_ENTRY)
            .env_remove(KILL_AT_LINE);
        command
    }

    /// The events of the only run.
    pub fn events(&self) -> Vec<Event> {
        Journal::read(&self.journal(), Reading::Strict)
            .expect("a readable journal")
            .events
    }

    /// The journal of the newest run.
    pub fn journal(&self) -> PathBuf {
        self.runs().join(self.run_id()).join("journal.jsonl")
    }
}

/// What the program printed, for a fault.
pub fn printed(output: &Output) -> String {
    format!(
        "exit {:?}, signal {:?}\n{}{}",
        output.status.code(),
        output.status.signal(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Whether SIGKILL ended it.
pub fn was_killed(output: &Output) -> bool {
    output.status.signal() == Some(9)
}
