//! The hard days of the real lab (two Ceph clusters, Cinder, Nova), each as it was there: a site, a link, a daemon or
//! cinder-volume dies in the middle of a drill. What the run says, what it leaves, that it deletes nothing while a mirror
//! cannot hear it and fails back to no dead site; and that `recover` cleans all of it once everything is repaired.

use cinder_drill::event::{Event, EventKind, Proof, RemedyStep, Resource, ResourceKind};
use simcloud::Faults;
use simsites::Site;

use crate::remedies::interpret;
use crate::world::{World, printed};

const FLOW: &str = "bfv-failover";
const THERE_AND_BACK: &str = "bfv-failback";

/// What a day did to a run.
struct Day {
    world: World,
    /// What the cloud held before.
    before: serde_json::Value,
    code: Option<i32>,
    /// All that the run printed.
    said: String,
}

/// A world with the budgets of a hard day.
fn world(pace: f64) -> World {
    let world = World::at_pace(pace);
    world.hurry();
    world
}

/// A flow under a saboteur.
fn sabotaged(flow: &str, sabotage: &str) -> Day {
    let world = world(0.1);
    world.sabotage(sabotage);
    drilled(flow, world, None)
}

/// A flow during which something breaks when an event was seen. At the pace of a usual simcloud, so it breaks soon enough.
fn broken(flow: &str, when: fn(&EventKind) -> bool, how: fn(&Faults)) -> Day {
    drilled(flow, world(1.0), Some((when, how)))
}

type Breaks = (fn(&EventKind) -> bool, fn(&Faults));

fn drilled(flow: &str, world: World, breaks: Option<Breaks>) -> Day {
    let before = world.inventory();
    let mut run = world.run(flow);
    let output = match breaks {
        None => run.output().expect("the program starts"),
        Some((when, how)) => world.run_until_seen(&mut run, when, how),
    };
    let said = printed(&output);
    println!("{said}");
    Day {
        world,
        before,
        code: output.status.code(),
        said,
    }
}

impl Day {
    fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.said.contains(word), "it does not say `{word}`:\n{}", self.said);
        }
    }

    /// What is left, and what it prints about it.
    fn left(&self) -> Vec<(Resource, Vec<RemedyStep>)> {
        left(&self.world.events())
    }

    /// Something of these kinds is left, nothing else, and it is not called clean.
    fn leaves(&self, kinds: &[ResourceKind]) {
        let mut left: Vec<ResourceKind> = self.left().iter().map(|(resource, _)| resource.kind).collect();
        left.dedup();
        assert_eq!(left, kinds, "{}", self.said);
        assert!(
            !self.said.contains("all created resources are removed"),
            "{}",
            self.said
        );
        assert_ne!(self.code, Some(0));
    }

    fn requests(&self, method: &str, part: &str) -> usize {
        requests(&self.world.events(), method, part)
    }

    /// Nothing was deleted that a site would have kept.
    fn deletes_no_volume(&self) {
        assert_eq!(self.requests("DELETE", "/volumes/"), 0, "{}", self.said);
    }

    /// How many failovers and failbacks were sent.
    fn moves(&self, times: usize) {
        assert_eq!(
            self.requests("PUT", "/os-services/failover_host"),
            times,
            "{}",
            self.said
        );
    }

    /// In the state in which it is, nothing is printed that does not work: what is printed is carried out.
    fn remedies_work(&self) {
        let mut done = Vec::new();
        for (resource, steps) in self.left() {
            for step in steps {
                if done.contains(&step) {
                    continue;
                }
                println!("{resource}: {step:?}");
                done.push(step.clone());
                match &step.site {
                    Some(site) => {
                        self.world.at_site(site, &step.command);
                    }
                    None => self
                        .world
                        .as_operator(async |cloud| interpret(&cloud, &step.command).await),
                }
            }
        }
        assert!(!done.is_empty(), "no command is printed");
    }

    /// No command is printed: none helps before everything is repaired.
    fn no_command_helps(&self) {
        for (resource, steps) in self.left() {
            assert!(steps.is_empty(), "{resource}: {steps:?}");
        }
    }

    /// The next recovery, or the one after it, removes all; a later one has no leftovers.
    fn is_recovered(&self) {
        let mut tries = Vec::new();
        for _ in 0..2 {
            let recovered = self.world.recover().output().expect("the program starts");
            tries.push(printed(&recovered));
            if recovered.status.success() {
                let again = printed(&self.world.recover().output().expect("the program starts"));
                assert!(
                    (again.contains("no run in") && again.contains("has leftovers"))
                        || again.contains("has no leftovers"),
                    "{again}"
                );
                assert_eq!(self.before, self.world.inventory(), "{}", tries.join("\n"));
                println!("{}", tries.join("\n"));
                return;
            }
        }
        panic!("{}", tries.join("\n"));
    }

    fn mend(&self, how: fn(&Faults)) {
        how(self.world.faults());
    }
}

fn left(events: &[Event]) -> Vec<(Resource, Vec<RemedyStep>)> {
    let of = |event: &Event| match &event.kind {
        EventKind::Left { resource, remedy, .. } => Some((resource.clone(), remedy.clone())),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

fn requests(events: &[Event], method: &str, part: &str) -> usize {
    let fits = |event: &&Event| matches!(&event.kind, EventKind::Requested { method: sent, url, .. } if sent == method && url.contains(part));
    events.iter().filter(fits).count()
}

fn expect_replicated_begins(kind: &EventKind) -> bool {
    matches!(kind, EventKind::StepStarted { verb, .. } if verb == "expect-replicated")
}

fn replicated(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Proven {
            proof: Proof::Replicated { .. },
            ..
        }
    )
}

fn light_primary(faults: &Faults) {
    faults.storage().set_reachable(Site::Primary, true);
}

fn light_secondary(faults: &Faults) {
    faults.storage().set_reachable(Site::Secondary, true);
}

fn heal_link(faults: &Faults) {
    faults.storage().set_link(true);
}

fn start_mirrors(faults: &Faults) {
    for site in Site::BOTH {
        faults.storage().set_mirror_daemon(site, true);
    }
}

/// Hard day a2.
#[test]
fn the_primary_site_dies_at_the_failover() {
    let day = sabotaged(FLOW, "left-site-dies@failover");
    day.says(&[
        "site-a does not answer, so the mirror of volume root cannot be judged",
        "has the image, primary",
        "rbd mirror image demote",
    ]);
    day.leaves(&[ResourceKind::Volume, ResourceKind::Failover]);
    day.deletes_no_volume();
    // There, and not back to a dead site.
    day.moves(1);
    day.no_command_helps();
    // Both sites are primary now.
    day.mend(light_primary);
    day.is_recovered();
}

#[test]
fn the_secondary_site_dies_at_the_failback() {
    let day = sabotaged(THERE_AND_BACK, "left-site-dies@failback");
    day.says(&["site-b does not answer"]);
    day.leaves(&[ResourceKind::Volume]);
    day.deletes_no_volume();
    day.moves(2);
    day.no_command_helps();
    day.mend(light_secondary);
    day.is_recovered();
}

/// Hard day b1.
#[test]
fn the_primary_site_is_dark_before_the_failover_is_sent() {
    let day = broken(FLOW, replicated, |faults| {
        faults.storage().set_reachable(Site::Primary, false);
    });
    day.says(&["site-a does not answer"]);
    day.deletes_no_volume();
    day.no_command_helps();
    day.mend(light_primary);
    day.is_recovered();
}

/// Hard day c.
#[test]
fn the_link_is_cut_before_a_marker_arrives() {
    let day = broken(FLOW, expect_replicated_begins, |faults| {
        faults.storage().set_link(false)
    });
    day.says(&["does not arrive on site-b, whose rbd-mirror site-a does not see"]);
    day.leaves(&[ResourceKind::Volume]);
    day.deletes_no_volume();
    day.moves(0);
    day.no_command_helps();
    day.mend(heal_link);
    day.is_recovered();
}

#[test]
fn the_link_is_cut_at_the_failover() {
    let day = sabotaged(FLOW, "link-cut@failover");
    day.says(&["failover-error"]);
    day.deletes_no_volume();
    day.no_command_helps();
    day.mend(heal_link);
    day.is_recovered();
}

/// Hard day d.
#[test]
fn the_rbd_mirror_that_replays_dies() {
    let day = broken(FLOW, expect_replicated_begins, |faults| {
        faults.storage().set_mirror_daemon(Site::Secondary, false);
    });
    day.says(&["does not arrive on site-b, whose rbd-mirror is down"]);
    day.leaves(&[ResourceKind::Volume]);
    day.deletes_no_volume();
    day.moves(0);
    day.no_command_helps();
    day.mend(start_mirrors);
    day.is_recovered();
}

#[test]
fn the_rbd_mirror_of_the_left_site_dies_at_the_failover() {
    let day = sabotaged(FLOW, "mirror-daemon-dies@failover");
    day.says(&["rbd-mirror at site-a does not run or does not report"]);
    day.leaves(&[ResourceKind::Volume, ResourceKind::Failover]);
    day.deletes_no_volume();
    day.moves(1);
    day.no_command_helps();
    day.mend(start_mirrors);
    day.is_recovered();
}

/// Hard day e.
#[test]
fn the_secondary_site_dies_at_the_failover() {
    let day = sabotaged(FLOW, "reached-site-dies@failover");
    day.says(&["failover-error", "site-b does not answer"]);
    // It failed back, where the site answers, and the volume is not deleted before the other site can hear it.
    day.leaves(&[ResourceKind::Volume]);
    day.deletes_no_volume();
    day.moves(2);
    day.no_command_helps();
    day.mend(light_secondary);
    day.is_recovered();
}

/// Hard day f.
#[test]
fn cinder_volume_is_killed_between_demotion_and_promotion() {
    let day = sabotaged(FLOW, "volume-service-killed@failover");
    day.says(&["cinder-volume", "died in the middle", "primary on neither site"]);
    day.leaves(&[ResourceKind::Volume, ResourceKind::Failover]);
    day.deletes_no_volume();
    day.moves(1);
    day.no_command_helps();
    day.mend(Faults::start_volume_service);
    day.is_recovered();
}

/// Hard day f2.
#[test]
fn cinder_volume_is_restarted_between_demotion_and_promotion() {
    let day = sabotaged(FLOW, "volume-service-restarted@failover");
    day.says(&[
        "cinder-volume was restarted in the middle of the failover",
        "primary on neither site",
    ]);
    assert!(!day.said.contains("nothing happened"), "{}", day.said);
    // It promotes its own image on its primary site and deletes it. What became of the foreign volumes only the operator can
    // say, so the failover stays left over until a run sees the backend on its primary site once more.
    day.leaves(&[ResourceKind::Failover]);
    assert_eq!(day.code, Some(1), "{}", day.said);
    day.moves(1);
    day.is_recovered();
}

/// The same during the failback: the row keeps the secondary's id, and says enabled.
#[test]
fn cinder_volume_is_restarted_in_the_middle_of_the_failback() {
    let day = sabotaged(THERE_AND_BACK, "volume-service-restarted@failback");
    day.says(&["is enabled and has active_backend_id ceph2", "primary on neither site"]);
    day.moves(2);
    day.deletes_no_volume();
    day.says(&["its failback was cut short"]);
    day.remedies_work();
    day.is_recovered();
}

/// The advice of hard day a2: demote at the site that was dead, wait for split-brain, resync; and the backend fails back.
#[test]
fn the_printed_order_brings_two_primaries_together() {
    let day = sabotaged(FLOW, "left-site-dies@failover");
    day.says(&["`rbd mirror image demote` it there, wait until it says split-brain, and `rbd mirror image resync` it"]);
    day.mend(light_primary);
    let left = day.left();
    let id = left
        .iter()
        .find(|(resource, _)| resource.kind == ResourceKind::Volume)
        .and_then(|(resource, _)| resource.id.clone())
        .expect("the volume is left");
    let at_a = |what: &str| {
        let command = format!("rbd --cluster ceph --id cinder mirror image {what} volumes/volume-{id}");
        day.world.at_site("site-a", &command)
    };
    let shows = |words: &str| {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(60);
        while !at_a("status").contains(words) {
            assert!(std::time::Instant::now() < until, "{}", at_a("status"));
        }
    };
    at_a("demote");
    shows("split-brain");
    at_a("resync");
    day.is_recovered();
}

/// The advice of hard day f2, where the run kept what it made: promote the image where it was.
#[test]
fn an_image_that_is_primary_nowhere_is_promoted_as_the_failure_says() {
    let world = world(0.1);
    world.sabotage("volume-service-restarted@failover");
    let before = world.inventory();
    let kept = world.run(FLOW).args(["--on-failure", "keep"]).output();
    let said = printed(&kept.expect("the program starts"));
    assert!(said.contains("`rbd mirror image promote` it at site-a first"), "{said}");
    let images = world.faults().storage().images(Site::Primary, "volumes");
    for image in &images {
        world.at_site(
            "site-a",
            &format!("rbd --cluster ceph --id cinder mirror image promote volumes/{image}"),
        );
    }
    assert!(!images.is_empty());
    let recovered = world.recover().output().expect("the program starts");
    let said = printed(&recovered);
    assert!(recovered.status.success(), "{said}");
    assert!(!said.contains("primary on neither"), "{said}");
    assert_eq!(before, world.inventory());
}

/// The volumes are gone, and cinder-volume dies during the failback.
#[test]
fn cinder_volume_is_killed_in_the_failback_of_the_clean_up() {
    let day = sabotaged(FLOW, "volume-service-killed@failback");
    day.says(&["died in the middle"]);
    day.leaves(&[ResourceKind::Failover]);
    day.moves(2);
    day.mend(Faults::start_volume_service);
    // It says enabled now, and that it runs on the secondary: a person ends it.
    let recovered = day.world.recover().output().expect("the program starts");
    let said = printed(&recovered);
    assert_eq!(recovered.status.code(), Some(3), "{said}");
    assert!(
        said.contains("cinder failover-host box@ceph --backend_id default"),
        "{said}"
    );
    day.remedies_work();
    day.is_recovered();
}

/// The other site dies when everything passed and the clean-up begins.
#[test]
fn the_primary_site_dies_when_the_clean_up_begins() {
    let begins: fn(&EventKind) -> bool = |kind| matches!(kind, EventKind::CleanupStarted { .. });
    let day = broken(FLOW, begins, |faults| {
        faults.storage().set_reachable(Site::Primary, false);
    });
    // It may have been heard just in time.
    if day
        .left()
        .iter()
        .any(|(resource, _)| resource.kind == ResourceKind::Volume)
    {
        day.leaves(&[ResourceKind::Volume, ResourceKind::Failover]);
        day.no_command_helps();
    }
    day.moves(1);
    day.mend(light_primary);
    day.is_recovered();
}

/// It dies again during the failback, once it was mended.
#[test]
fn a_site_that_dies_twice_is_recovered_after_the_second_time() {
    let day = sabotaged(FLOW, "left-site-dies");
    day.deletes_no_volume();
    day.mend(light_primary);
    // The failback makes the secondary the site that is left.
    let recovered = day.world.recover().output().expect("the program starts");
    println!("{}", printed(&recovered));
    day.mend(light_secondary);
    day.is_recovered();
}
