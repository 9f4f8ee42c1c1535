//! Tells a lie to a drill, and judges what came of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use regex::RegexBuilder;
use serde_json::Value;

use crate::row::{Left, Row};
use crate::world::{Ran, World};

/// What a row's drill was like.
pub struct Told {
    pub drill: Ran,
    pub recover: Option<Ran>,
    /// What is not as it must be.
    pub faults: Vec<String>,
}

impl Told {
    /// What is wrong, with all that was said.
    pub fn report(&self) -> String {
        let recover = self.recover.as_ref().map_or("nothing was left over", |ran| &ran.said);
        format!(
            "- {}\n\nexit {:?} after {:.1} s\n{}\n--- recover\n{recover}",
            self.faults.join("\n- "),
            self.drill.exit,
            self.drill.took.as_secs_f64(),
            self.drill.said,
        )
    }
}

/// Tells it.
pub fn tell(row: &Row) -> Told {
    let world = World::start(row);
    let before = world.inventory();
    let mut command = world.drill(row.scenarios, "runs", row.prefix);
    command.args(row.arguments);
    let drill = world.run(command, "drill.txt");
    // A slow machine may have seen what came late.
    let entries = world.proxy.entries();
    let seen = entries
        .iter()
        .any(|entry| entry.failover_to.is_some() && entry.by_cloud.contains(&202));
    std::thread::sleep(Duration::from_secs_f64(row.after));
    if !row.goes_on {
        world.proxy.be_honest();
    }
    let between = world.inventory();
    let leftovers = leftovers(&world);
    let mut faults = Faults::default();
    faults.of_the_drill(row, &drill, &world);
    faults.unless(between == before || !leftovers.is_empty(), || {
        format!("{} is left, and is no leftover", difference(&before, &between))
    });
    let lock = |inventory: &Value| inventory["volume_types"].to_string().contains("cinder-drill-lock");
    let away = between["service"]["replication_status"] != before["service"]["replication_status"];
    faults.unless(!away || lock(&between), || {
        "the backend is away and the lock is gone".to_owned()
    });
    let passed = drill.exit == Some(0);
    faults.unless(!passed || (between == before && leftovers.is_empty()), || {
        format!(
            "it passed, and left {}, with the leftovers {leftovers:?}",
            difference(&before, &between)
        )
    });
    faults.unless(!row.leftovers || seen || !leftovers.is_empty(), || {
        "the outcome of a change is not known, and there are no leftovers".to_owned()
    });
    let says_clean = is_found("all created resources are removed", &drill.said);
    faults.unless(
        !says_clean || between == before || is_found("LEFT", &drill.said),
        || {
            format!(
                "it says that all is removed, and left {}",
                difference(&before, &between)
            )
        },
    );
    let mut recover = None;
    let mut after = between;
    let mut still_left_over = leftovers.clone();
    if !leftovers.is_empty() || after != before {
        let ran = world.run(world.program("recover", "runs", &[]), "recover.txt");
        faults.unless(ran.exit.is_some(), || "recover hangs".to_owned());
        after = world.inventory();
        still_left_over = self::leftovers(&world);
        faults.unless(ran.exit != Some(0) || still_left_over.is_empty(), || {
            "recover says 0, and there are leftovers".to_owned()
        });
        recover = Some(ran);
    }
    let clean = after == before && still_left_over.is_empty();
    let left = || {
        format!(
            "after recover, {} is left, and {still_left_over:?} is left over",
            difference(&before, &after)
        )
    };
    match row.left {
        Left::Nothing => faults.unless(recover.is_none(), || format!("something was left: {leftovers:?}")),
        Left::Recovered => faults.unless(clean, left),
        Left::ForAPerson => faults.of_what_a_person_decides(&world, !still_left_over.is_empty() && lock(&after)),
        Left::RecoveredOrForAPerson if clean => {}
        Left::RecoveredOrForAPerson => {
            faults.of_what_a_person_decides(&world, !still_left_over.is_empty() && lock(&after));
        }
        Left::OthersStay => {
            let count = |inventory: &Value, kind: &str| inventory[kind].as_array().map_or(0, Vec::len);
            let more = ["volumes", "servers"]
                .iter()
                .any(|kind| count(&after, kind) > count(&before, kind));
            faults.unless(more, || "what another user made was deleted".to_owned());
        }
    }
    let foreign = |inventory: &Value| {
        strings(&inventory["volumes"])
            .filter(|name| !name.starts_with("cinder-drill-"))
            .collect::<BTreeSet<_>>()
    };
    faults.unless(foreign(&before) == foreign(&after) || !clean_service(&after), || {
        format!(
            "the volumes of others are {:?} and were {:?}",
            foreign(&after),
            foreign(&before)
        )
    });
    Told {
        drill,
        recover,
        faults: faults.0,
    }
}

fn clean_service(inventory: &Value) -> bool {
    inventory["service"]["replication_status"] == "enabled"
}

fn strings(list: &Value) -> impl Iterator<Item = String> + '_ {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned))
}

/// The leftovers that `runs` lists.
pub fn leftovers(world: &World) -> Vec<String> {
    let listed = world.run(world.program("runs", "runs", &[]), "runs.txt").said;
    let lines = listed.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("left over: "))
        .map(str::to_owned)
        .collect()
}

/// What two inventories differ in.
pub fn difference(before: &Value, after: &Value) -> String {
    let flat = |inventory: &Value| {
        let mut lines = BTreeSet::new();
        for (kind, value) in inventory.as_object().into_iter().flatten() {
            match value {
                Value::Array(items) => lines.extend(items.iter().map(|item| format!("{kind} {item}"))),
                other => {
                    lines.insert(format!("{kind} {other}"));
                }
            }
        }
        lines
    };
    let (before, after) = (flat(before), flat(after));
    let more: Vec<String> = after.difference(&before).cloned().collect();
    if more.is_empty() && before == after {
        "nothing".to_owned()
    } else {
        let less: Vec<String> = before.difference(&after).cloned().collect();
        format!("+ {} - {}", more.join(", "), less.join(", "))
    }
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn unless(&mut self, right: bool, fault: impl FnOnce() -> String) {
        if !right {
            self.0.push(fault());
        }
    }

    fn of_the_drill(&mut self, row: &Row, drill: &Ran, world: &World) {
        let exit = drill.exit.unwrap_or(-1);
        self.unless(drill.exit.is_some(), || "the drill hangs".to_owned());
        self.unless(row.exit.contains(&exit), || {
            format!("exit {exit}, where {:?} must be", row.exit)
        });
        if exit != 0 && row.undecidable.is_none() {
            let step = failed_step(&world.runs());
            self.unless(
                row.step.is_empty() || row.step.split('|').any(|verb| verb == step),
                || format!("it failed in {step:?}, where {:?} must notice it", row.step),
            );
            for pattern in &row.says {
                self.unless(is_found(pattern, &drill.said), || {
                    format!("it does not say {pattern:?}")
                });
            }
        }
        for pattern in &row.always {
            self.unless(is_found(pattern, &drill.said), || {
                format!("it does not say {pattern:?}")
            });
        }
        for pattern in &row.never {
            self.unless(!is_found(pattern, &drill.said), || format!("it says {pattern:?}"));
        }
        let received = |to: fn(&str) -> bool| {
            let entries = world.proxy.entries();
            let moves = entries
                .iter()
                .filter(|entry| entry.failover_to.as_deref().is_some_and(to));
            moves
                .flat_map(|entry| entry.by_cloud.clone())
                .filter(|status| *status == 202)
                .count()
        };
        let (failovers, failbacks) = (received(|to| to != "default"), received(|to| to == "default"));
        self.unless(failovers <= row.moves, || {
            format!(
                "the cloud was asked for {failovers} failovers, where {} may be",
                row.moves
            )
        });
        self.unless(failbacks <= 1, || {
            format!("the cloud was asked for {failbacks} failbacks")
        });
    }

    /// What `recover` leaves is still left over, with the lock, until a person forgets it.
    fn of_what_a_person_decides(&mut self, world: &World, is_kept: bool) {
        self.unless(is_kept, || {
            format!(
                "a person must decide, and the leftovers are {:?}, the inventory {:#}",
                leftovers(world),
                world.inventory()
            )
        });
        let Some(run) = newest_run(&world.runs()) else {
            return self.0.push("there is no run".to_owned());
        };
        let mut forget = world.program("recover", "runs", &[]);
        forget.args([&run, "--forget"]);
        let forgotten = world.run(forget, "forget.txt");
        self.unless(forgotten.exit == Some(0), || {
            format!("--forget says {:?}: {}", forgotten.exit, forgotten.said)
        });
        self.unless(leftovers(world).is_empty(), || {
            format!("it is forgotten, and {:?} is left over", leftovers(world))
        });
        let types = world.inventory()["volume_types"].to_string();
        self.unless(!types.contains("cinder-drill-lock"), || {
            format!("it is forgotten, and the lock stays: {types}")
        });
    }
}

fn is_found(pattern: &str, text: &str) -> bool {
    let pattern = RegexBuilder::new(pattern).case_insensitive(true).build();
    pattern.expect("a pattern").is_match(text)
}

/// The id of the newest run of a folder.
pub fn newest_run(runs: &Path) -> Option<String> {
    let entries = std::fs::read_dir(runs).ok()?.flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .max()
}

/// The verb of the first step that failed, from the journal; `make` if none had begun, and nothing if all had passed.
pub fn failed_step(runs: &Path) -> String {
    let Some(run) = newest_run(runs) else {
        return "make".to_owned();
    };
    let journal = std::fs::read_to_string(runs.join(run).join("journal.jsonl")).unwrap_or_default();
    let mut verb = "make".to_owned();
    for event in journal
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
    {
        match event["event"].as_str() {
            Some("step-started") => event["verb"].as_str().unwrap_or_default().clone_into(&mut verb),
            Some("step-finished") if event["failure"].is_object() => return verb,
            Some("step-finished") => "".clone_into(&mut verb),
            _ => {}
        }
    }
    verb
}
