//! A cloud with one backend as a run meets it, in this process and by the test's clock: its service rows, its volumes and
//! volume types, where its images are primary, and what becomes of each `failover_host`. The run's own code asks it, up to the
//! last line before the socket, so a test of minutes takes milliseconds.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::recover::{RecoverOptions, forget_lock, recover};
use crate::cloud::in_process::{Reply, serve};
use crate::cloud::{Request, VolumeId};
use crate::diagnostic::SourceMap;
use crate::event::{Event, EventKind, Leftovers, Listener, Recorder, Resource, ResourceKind, Verdict};
use crate::failure::Failure;
use crate::names::{RunId, VolumeName};
use crate::session::open::connect;
use crate::session::{Context, MadeVolume, RunOptions, place};
use crate::shell::in_process::obey;
use crate::targets::{Target, Variables};

const BACKEND: &str = "box@ceph";
const PROJECT: &str = "834920a18dd247a38dc1d9b0eb591ea2";

const CLOUDS: &str = "clouds: { fake: { auth_type: password, verify: false, auth: { auth_url: http://127.0.0.1:1/identity/v3, \
                      username: admin, password: a-password-of-the-fake, project_name: demo, user_domain_id: default, \
                      project_domain_id: default } } }\n";

/// Notes what a test says that the run requested. Without a journal, no disk is waited for.
pub fn intend(context: &Context, resource: Resource) {
    let intended = context.intend(resource).now_or_never().expect("no journal");
    intended.expect("no journal");
}

/// What comes back of a `failover_host`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    Accepted,
    /// By Cinder itself.
    Refused,
    /// By nobody.
    Lost,
}

/// What becomes of a `failover_host`.
#[derive(Clone, Copy)]
pub(super) struct Course {
    pub answered: Answered,
    /// After how many seconds the backend begins to move, and has moved; none if it never does.
    pub moves: Option<(f64, f64)>,
    /// Whether the row shows it.
    pub shows: bool,
    /// Whether the images are moved, too.
    pub moves_images: bool,
}

/// As Cinder does it on a good day.
pub(super) const HONEST: Course = Course {
    answered: Answered::Accepted,
    moves: Some((0.0, 1.6)),
    shows: true,
    moves_images: true,
};

/// Cinder says that the backend moved, and the images stay where they are.
pub(super) const IMAGES_STAY: Course = Course {
    moves_images: false,
    ..HONEST
};

type Later = Box<dyn FnOnce(&mut State)>;
type Instead = Box<dyn FnMut(&State, &str) -> Option<Reply>>;
/// By the command, and the exit code and output that would be the truth.
type RbdInstead = Box<dyn FnMut(&str, (i32, String)) -> (i32, String)>;

/// What is so in the cloud now.
pub(super) struct State {
    pub rows: Vec<Value>,
    pub volumes: Vec<Value>,
    pub servers: Vec<Value>,
    pub types: Vec<Value>,
    pub keypairs: Vec<String>,
    /// Where each image is primary: on its primary site, and at the other site.
    pub images: BTreeMap<String, (bool, bool)>,
    /// What becomes of the next requests to move the backend; after them all is as on a good day.
    pub courses: VecDeque<Course>,
    /// What is answered in place of the truth.
    pub instead: Option<Instead>,
    /// Every change that was requested, and `failover_host` with where it leads.
    pub changes: Vec<String>,
    /// At which of its changes, counted from 0, the run dies, and whether that one is carried out.
    pub dies_at: Option<(usize, bool)>,
    /// Tells that it is to die.
    pub death: Rc<Notify>,
    /// Whether the primary site is dead.
    pub primary_is_dead: bool,
    /// From when on copies replay; until then they are about to.
    pub replay_from: Instant,
    /// What a site answers in place of the truth.
    pub rbd_instead: Option<RbdInstead>,
    /// Every command that the sites were given.
    pub commands: Vec<String>,
    /// How many seconds a deletion takes.
    pub deletion: f64,
    later: Vec<(Instant, Later)>,
    made: usize,
}

/// The cloud.
#[derive(Clone)]
pub(super) struct FakeCloud {
    state: Rc<RefCell<State>>,
    folder: Rc<TempDir>,
    told: Arc<Mutex<Vec<Event>>>,
    pub run: RunId,
    pub recorder: Recorder,
}

struct Told(Arc<Mutex<Vec<Event>>>);

impl Listener for Told {
    fn event(&mut self, event: &Event) {
        self.0.lock().expect("the events").push(event.clone());
    }
}

/// A row of the backend with changes.
pub(super) fn service(changes: Value) -> Value {
    let mut row = json!({
        "binary": "cinder-volume", "host": BACKEND, "status": "enabled", "state": "up", "replication_status": "enabled",
        "active_backend_id": null, "frozen": false,
    });
    for (key, value) in changes.as_object().expect("an object") {
        row[key] = value.clone();
    }
    row
}

pub(super) fn moving() -> Value {
    service(json!({ "replication_status": "failing-over" }))
}

pub(super) fn away() -> Value {
    service(json!({
        "status": "disabled", "disabled_reason": "failed-over", "replication_status": "failed-over", "active_backend_id": "ceph2",
    }))
}

impl State {
    /// Something that happens after so many seconds.
    pub fn after(&mut self, seconds: f64, what: impl FnOnce(&mut State) + 'static) {
        self.later
            .push((Instant::now() + Duration::from_secs_f64(seconds), Box::new(what)));
    }

    /// Lets happen what is due.
    fn catch_up(&mut self) {
        let now = Instant::now();
        while let Some(position) = (0..self.later.len())
            .filter(|position| self.later[*position].0 <= now)
            .min_by_key(|position| self.later[*position].0)
        {
            let (_, what) = self.later.remove(position);
            what(self);
        }
    }

    pub fn set(&mut self, rows: impl IntoIterator<Item = Value>) {
        self.rows = rows.into_iter().collect();
    }

    /// The backend and all that is on it is elsewhere now.
    fn arrive(&mut self, there: bool, course: Course) {
        if course.shows {
            self.set([if there { away() } else { service(json!({})) }]);
        }
        for volume in &mut self.volumes {
            volume["replication_status"] = json!(if there { "failed-over" } else { "enabled" });
        }
        if course.moves_images {
            self.images.values_mut().for_each(|primary| *primary = (!there, there));
        }
    }

    fn move_backend(&mut self, there: bool) -> Reply {
        let course = self.courses.pop_front().unwrap_or(HONEST);
        if let Some((begins, ends)) = course.moves {
            if course.shows {
                self.after(begins, |state| state.set([moving()]));
            }
            self.after(ends, move |state| state.arrive(there, course));
        }
        match course.answered {
            Answered::Accepted => Reply::Service(202, json!({})),
            Answered::Refused => refused(400, "the service is not in a state to fail over"),
            Answered::Lost => Reply::Nothing,
        }
    }

    fn answer(&mut self, request: &Request) -> Reply {
        self.catch_up();
        let path = request.url.path().trim_end_matches('/');
        let asked = format!("{} {path}", request.method);
        let body = request.body.as_ref();
        if request.changes {
            let to = body.and_then(|body| body["backend_id"].as_str());
            let words = path.rsplit("/").take(2).collect::<Vec<_>>();
            let words: Vec<&str> = words.into_iter().rev().chain(to).collect();
            self.changes.push(format!("{} {}", request.method, words.join(" ")));
        }
        if let Some((number, carried_out)) = self.dies_at
            && request.changes
            && self.changes.len() == number + 1
        {
            if carried_out {
                self.truth(&asked, path, body);
            }
            self.death.notify_one();
            return Reply::Nothing;
        }
        if let Some(mut instead) = self.instead.take() {
            let reply = instead(self, &asked);
            self.instead = Some(instead);
            if let Some(reply) = reply {
                return reply;
            }
        }
        self.truth(&asked, path, body)
    }

    fn truth(&mut self, asked: &str, path: &str, body: Option<&Value>) -> Reply {
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let of_cinder = parts
            .iter()
            .position(|part| *part == PROJECT)
            .map(|at| &parts[at + 1..]);
        let method = asked.split(' ').next().unwrap_or_default();
        match (method, parts.as_slice(), of_cinder) {
            ("POST", [.., "auth", "tokens"], _) => Reply::Service(201, token()),
            ("GET", ["volume", "v3"], _) => versions("3.70"),
            ("GET", ["compute", "v2.1"], _) => versions("2.93"),
            (_, _, Some(of_cinder)) => self.cinder(method, of_cinder, body),
            ("GET", ["compute", _, "servers", "detail"], _) => Reply::Service(200, json!({ "servers": self.servers })),
            ("GET", ["compute", _, "servers", id], _) => found("server", &self.servers, id),
            ("DELETE", ["compute", _, "servers", id], _) => delete(&mut self.servers, id),
            ("GET", ["compute", _, "os-keypairs"], _) => {
                let keypairs: Vec<Value> = self
                    .keypairs
                    .iter()
                    .map(|name| json!({ "keypair": keypair(name) }))
                    .collect();
                Reply::Service(200, json!({ "keypairs": keypairs }))
            }
            ("GET", ["compute", _, "os-keypairs", name], _) => match self.keypairs.iter().any(|found| found == name) {
                true => Reply::Service(200, json!({ "keypair": keypair(name) })),
                false => not_found(),
            },
            ("DELETE", ["compute", _, "os-keypairs", name], _) => {
                self.keypairs.retain(|found| found != name);
                Reply::Service(202, Value::Null)
            }
            _ => not_found(),
        }
    }

    fn cinder(&mut self, method: &str, path: &[&str], body: Option<&Value>) -> Reply {
        match (method, path) {
            ("GET", ["os-services"]) => Reply::Service(200, json!({ "services": self.rows })),
            ("PUT", ["os-services", "failover_host"]) => {
                let there = body.is_none_or(|body| body["backend_id"] != "default");
                self.move_backend(there)
            }
            ("GET", ["scheduler-stats", "get_pools"]) => {
                let capabilities = json!({ "replication_enabled": true, "replication_targets": ["ceph2"] });
                let pool = json!({ "name": format!("{BACKEND}#ceph"), "capabilities": capabilities });
                Reply::Service(200, json!({ "pools": [pool] }))
            }
            ("GET", ["volumes", "detail"]) => Reply::Service(200, json!({ "volumes": self.volumes })),
            ("GET", ["volumes", "summary"]) => {
                let summary = json!({ "total_count": self.volumes.len(), "total_size": 1 });
                Reply::Service(200, json!({ "volume-summary": summary }))
            }
            ("POST", ["volumes"]) => {
                let asked = &body.expect("a body")["volume"];
                let id = format!("00000000-0000-4000-8000-{:012}", self.made);
                self.made += 1;
                self.images.insert(format!("volume-{id}"), (true, false));
                let made = json!({
                    "id": id, "name": asked["name"], "size": 1, "status": "available", "bootable": "false",
                    "replication_status": "enabled", "attachments": [], "metadata": asked["metadata"],
                    "os-vol-host-attr:host": format!("{BACKEND}#ceph"),
                });
                self.volumes.push(made.clone());
                Reply::Service(202, json!({ "volume": made }))
            }
            ("GET", ["volumes", id]) => found("volume", &self.volumes, id),
            ("DELETE", ["volumes", id]) => {
                let id = (*id).to_owned();
                let Some(volume) = self.volumes.iter_mut().find(|volume| volume["id"] == *id) else {
                    return not_found();
                };
                volume["status"] = json!("deleting");
                self.after(self.deletion, move |state| {
                    state.images.remove(&format!("volume-{id}"));
                    state.volumes.retain(|volume| volume["id"] != *id);
                });
                Reply::Service(202, Value::Null)
            }
            ("GET", ["types"]) => Reply::Service(200, json!({ "volume_types": self.types })),
            ("POST", ["types"]) => {
                let asked = &body.expect("a body")["volume_type"];
                self.made += 1;
                let made = json!({
                    "id": format!("type-{}", self.made), "name": asked["name"], "extra_specs": asked["extra_specs"],
                    "is_public": false,
                });
                self.types.push(made.clone());
                Reply::Service(200, json!({ "volume_type": made }))
            }
            ("DELETE", ["types", id]) => delete(&mut self.types, id),
            _ => not_found(),
        }
    }

    /// What `rbd` says at a site.
    fn rbd(&self, secondary: bool, command: &str) -> (i32, String) {
        let images = || self.images.keys().collect::<Vec<_>>();
        if command.contains(" ls ") {
            return (0, json!(images()).to_string());
        }
        if command.contains("mirror pool status") {
            let images = self.images.iter();
            let rows: Vec<Value> = images
                .map(|(image, primary)| self.mirror_status(secondary, image, *primary))
                .collect();
            return (
                0,
                json!({ "summary": { "daemon_health": "OK" }, "daemons": [], "images": rows }).to_string(),
            );
        }
        let Some((image, primary)) = self.images.iter().find(|(image, _)| command.contains(image.as_str())) else {
            return (2, "rbd: error opening image: (2) No such file or directory".to_owned());
        };
        let here = if secondary { primary.1 } else { primary.0 };
        let answer = if command.contains("mirror image status") {
            self.mirror_status(secondary, image, *primary)
        } else {
            json!({
                "name": image, "id": if secondary { "2" } else { "1" }, "size": 1, "features": ["journaling"],
                "mirroring": { "mode": "journal", "state": "enabled", "global_id": "g", "primary": here },
            })
        };
        (0, answer.to_string())
    }

    /// What a site says of the mirror of an image, by where it is primary.
    fn mirror_status(&self, secondary: bool, image: &str, primary: (bool, bool)) -> Value {
        let (here, there) = if secondary { (primary.1, primary.0) } else { primary };
        let state = |primary| match primary {
            true => "up+stopped",
            false if Instant::now() < self.replay_from => "up+starting_replay",
            false => "up+replaying",
        };
        json!({
            "name": image, "global_id": "g", "state": state(here), "description": "", "last_update": "2026-11-23 11:31:35",
            "peer_sites": [{
                "site_name": if secondary { "site-a" } else { "site-b" }, "mirror_uuids": "", "state": state(there),
                "description": "", "last_update": "2026-11-23 11:31:35",
            }],
        })
    }
}

fn token() -> Value {
    let service = |kind: &str, url: String| {
        json!({ "type": kind, "name": kind, "id": kind, "endpoints": [
            { "id": kind, "interface": "public", "region": "RegionOne", "region_id": "RegionOne", "url": url },
        ] })
    };
    let url = "http://127.0.0.1:1";
    json!({ "token": {
        "methods": ["password"], "expires_at": "2027-01-01T00:00:00.000000Z",
        "project": { "id": PROJECT, "name": "demo", "domain": { "id": "default", "name": "Default" } },
        "user": { "id": "u", "name": "admin", "domain": { "id": "default", "name": "Default" } },
        "roles": [{ "id": "r", "name": "admin" }],
        "catalog": [
            service("volumev3", format!("{url}/volume/v3/{PROJECT}")),
            service("compute", format!("{url}/compute/v2.1")),
            service("image", format!("{url}/image")),
            service("network", format!("{url}/network")),
        ],
    } })
}

fn versions(highest: &str) -> Reply {
    let version = json!({ "id": "v3.0", "status": "CURRENT", "version": highest, "min_version": "2.1" });
    Reply::Service(200, json!({ "versions": [version] }))
}

fn keypair(name: &str) -> Value {
    json!({ "name": name, "public_key": "ssh-ed25519 AAAA", "fingerprint": "aa", "type": "ssh" })
}

pub(super) fn refused(status: u16, message: &str) -> Reply {
    Reply::Service(status, json!({ "badRequest": { "code": status, "message": message } }))
}

pub(super) fn not_found() -> Reply {
    let error = json!({ "itemNotFound": { "code": 404, "message": "The resource could not be found." } });
    Reply::Service(404, error)
}

fn found(word: &str, all: &[Value], id: &str) -> Reply {
    match all.iter().find(|found| found["id"] == id) {
        Some(found) => Reply::Service(200, json!({ word: found })),
        None => not_found(),
    }
}

fn delete(all: &mut Vec<Value>, id: &str) -> Reply {
    if !all.iter().any(|found| found["id"] == id) {
        return not_found();
    }
    all.retain(|found| found["id"] != id);
    Reply::Service(202, Value::Null)
}

impl FakeCloud {
    /// A cloud that is on its primary site and has nothing, for the thread of this test.
    pub fn start() -> FakeCloud {
        let state = Rc::new(RefCell::new(State {
            rows: vec![service(json!({}))],
            volumes: Vec::new(),
            servers: Vec::new(),
            types: Vec::new(),
            keypairs: Vec::new(),
            images: BTreeMap::new(),
            courses: VecDeque::new(),
            instead: None,
            changes: Vec::new(),
            dies_at: None,
            death: Rc::default(),
            primary_is_dead: false,
            replay_from: Instant::now(),
            rbd_instead: None,
            commands: Vec::new(),
            deletion: 0.5,
            later: Vec::new(),
            made: 0,
        }));
        let folder = TempDir::new().expect("a folder");
        let served = state.clone();
        serve(move |request| served.borrow_mut().answer(request));
        let asked = state.clone();
        obey(move |command| {
            let mut state = asked.borrow_mut();
            state.catch_up();
            state.commands.push(command.to_owned());
            let secondary = command.contains("--cluster ceph2");
            if state.primary_is_dead && !secondary {
                return (110, "rbd: couldn't connect to the cluster!".to_owned());
            }
            let truth = state.rbd(secondary, command);
            match state.rbd_instead.as_mut() {
                Some(instead) => instead(command, truth),
                None => truth,
            }
        });
        std::fs::write(folder.path().join("clouds.yaml"), CLOUDS).expect("clouds.yaml");
        let told = Arc::default();
        FakeCloud {
            state,
            folder: Rc::new(folder),
            run: RunId::generate(),
            recorder: Recorder::without_journal(vec![Box::new(Told(Arc::clone(&told)))]),
            told,
        }
    }

    /// Reads or changes what is so.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.borrow_mut();
        state.catch_up();
        look(&mut state)
    }

    /// The next request to move the backend goes like this.
    pub fn next_move(&self, course: Course) {
        self.with(|state| state.courses.push_back(course));
    }

    /// From now on these requests are answered so; a request is `GET /path`.
    pub fn instead(&self, instead: impl FnMut(&State, &str) -> Option<Reply> + 'static) {
        self.with(|state| state.instead = Some(Box::new(instead)));
    }

    /// A target on it, whose sites have shells or not.
    fn target(&self, sites: bool) -> Arc<Target> {
        let site = |name: &str, id: &str, cluster: &str| {
            let shell = if sites {
                "shell: { local: {} }, pool: volumes, "
            } else {
                ""
            };
            format!("{{ name: {name}, backend-id: {id}, {shell}rbd-arguments: --cluster {cluster} }}")
        };
        let folder = self.folder.path();
        let text = format!(
            "target: fake\ncloud: fake\nclouds-file: {}\nbackend: {BACKEND}\ndriver: rbd\nsites:\n  primary: {}\n  secondary: \
             {}\nvolume-types: {{ replicated: {{ name: ceph }} }}\nguest: {{ image: guest, flavor: c1, network: lab, user: root, \
             key: /nonexistent, address: fixed, privilege: direct }}\n",
            folder.join("clouds.yaml").display(),
            site("site-a", "default", "ceph"),
            site("site-b", "ceph2", "ceph2"),
        );
        let file = folder.join("target.yaml");
        std::fs::write(&file, text).expect("a target");
        let mut sources = SourceMap::default();
        let target = Target::load(&file, &Variables::default(), &mut sources);
        Arc::new(target.unwrap_or_else(|faults| panic!("{faults:?}")))
    }

    async fn connect(&self, sites: bool) -> Context {
        let options = RunOptions::default();
        connect(self.run.clone(), self.target(sites), &self.recorder, options, None)
            .await
            .expect("connected")
    }

    /// A run on it, whose target gives no shells of the sites.
    pub async fn context(&self) -> Context {
        self.connect(false).await
    }

    /// The same with both sites.
    pub async fn context_with_sites(&self) -> Context {
        self.connect(true).await
    }

    /// Adds a volume of the run, with its image.
    pub fn volume(&self, context: &mut Context, name: &str) -> String {
        let id = format!("00000000-0000-4000-8000-{:012}", self.with(|state| state.volumes.len()));
        let run = self.run.to_string();
        self.with(|state| {
            state.images.insert(format!("volume-{id}"), (true, false));
            state.volumes.push(json!({
                "id": id, "name": format!("cinder-drill-{run}-{name}"), "size": 1, "status": "available", "bootable": "false",
                "replication_status": "enabled", "attachments": [], "metadata": { "cinder-drill-run": run },
                "os-vol-host-attr:host": format!("{BACKEND}#ceph"),
            }));
        });
        let resource = Resource {
            kind: ResourceKind::Volume,
            name: format!("cinder-drill-{run}-{name}"),
            id: None,
        };
        intend(context, resource);
        context.made(ResourceKind::Volume, &id);
        let made = MadeVolume {
            id: VolumeId::new(id.clone()),
            replicated: true,
            image_name: format!("volume-{id}"),
        };
        context.add_volume(VolumeName::new(name).expect("a name"), made);
        id
    }

    /// What was asked for to be changed, but for logins.
    pub fn changes(&self) -> Vec<String> {
        self.with(|state| state.changes.clone())
    }

    /// The requests that move the backend: where each leads.
    pub fn moves(&self) -> Vec<String> {
        let moves = self.changes().into_iter();
        moves
            .filter_map(|change| Some(change.strip_prefix("PUT os-services failover_host ")?.to_owned()))
            .collect()
    }

    /// How many clean-ups were said to begin, and to end.
    pub fn cleanups(&self) -> (usize, usize) {
        let told = self.told.lock().expect("the events");
        let count = |is: fn(&EventKind) -> bool| told.iter().filter(|event| is(&event.kind)).count();
        (
            count(|kind| matches!(kind, EventKind::CleanupStarted { .. })),
            count(|kind| matches!(kind, EventKind::CleanupFinished { .. })),
        )
    }

    /// How each scenario ended, in the order of their names.
    pub fn verdicts(&self) -> Vec<(String, Verdict)> {
        let told = self.told.lock().expect("the events");
        let ended = told.iter().filter_map(|event| match &event.kind {
            EventKind::ScenarioFinished { scenario, verdict, .. } => Some((scenario.clone(), verdict.clone())),
            _ => None,
        });
        let mut verdicts: Vec<_> = ended.collect();
        verdicts.sort_by(|(one, _), (other, _)| one.cmp(other));
        verdicts
    }

    /// What is recorded as left, with why.
    pub fn left(&self) -> Vec<(Resource, Failure)> {
        let told = self.told.lock().expect("the events");
        let left = told.iter().filter_map(|event| match &event.kind {
            EventKind::Left { resource, failure, .. } => Some((resource.clone(), failure.clone())),
            _ => None,
        });
        left.collect()
    }

    /// Its leftovers by the journal, and the target that it names.
    fn leftovers(&self) -> (Leftovers, Arc<Target>) {
        let target = self.target(false);
        let mut recorded = self.recorder.leftovers();
        recorded.run = Some(self.run.clone());
        recorded.place = Some(place::of_run(&target));
        (recorded, target)
    }

    /// Recovers the run, as another process would from its journal. Answers with how many things are left.
    pub async fn recover(&self, chosen: RecoverOptions) -> usize {
        let (recorded, target) = self.leftovers();
        let left = recover(&recorded, target, &self.recorder, chosen).await;
        left.unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Gives back the lock of the run that is forgotten. Answers whether it is.
    pub async fn forget_lock(&self) -> bool {
        let (recorded, target) = self.leftovers();
        let released = forget_lock(&recorded, target, &self.recorder, RecoverOptions::default()).await;
        released.unwrap_or_else(|failure| panic!("{failure}"))
    }
}
