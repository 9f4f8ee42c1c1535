//! A row of the table, drilled.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::common::{Served, served};
use crate::drilled::{Drilled, drill};
use crate::expectation::Must;
use crate::middle::Middle;
use crate::table::{Row, Told};

/// How long a drill may take before it is said to hang.
const LIMIT: Duration = Duration::from_secs(120);
/// How much a run may leave on disk, whatever a guest says.
const MOST_WRITTEN: u64 = 2 * 1024 * 1024;
/// How much memory the program may have, whatever a guest says: what it has without lies, and a few copies of the longest
/// answer that it may keep.
const MOST_MEMORY: u64 = 300 * 1024 * 1024;

/// Budgets in which an honest cloud passes on a busy machine, and a lie that waits for their end does not take for ever.
const BUDGETS: &str = "
budgets:
  volume: 20s
  server: 20s
  boot: 8s
  failover: 20s
  shelve: 20s
  attach: 8s
  replication: 6s
  command: 5s
  delete: 20s
";

/// Drills through the lies of a row.
///
/// # Errors
/// What is not as it must be, with what is needed to see why.
pub fn run(row: &Row) -> Result<(), String> {
    let served = Served::start(2, served(7, 0.2, row.sabotage));
    let variables = served.cloud().variables();
    let guest_port = &variables["guest_port"];
    let key = std::fs::read_to_string(&variables["client_key"]).expect("the key");
    let (middle, port) = {
        let _inside = served.runtime().enter();
        Middle::start(row.lies.to_vec(), guest_port.parse().expect("a port"), &key).expect("a man in the middle")
    };
    served.write_target(|text| {
        let before = format!("port: {guest_port}");
        assert!(text.contains(&before), "the target names the guests' port");
        text.replace(&before, &format!("port: {port}")) + BUDGETS
    });
    let before = served.inventory();
    let drilled = drill(&served, &scenario(row.scenario), LIMIT);
    let untold = !row.lies.is_empty() && middle.lied() == 0;
    // What was not lied about is an honest guest's, in an honest cloud.
    let must = if untold && row.told == Told::IfAsked && row.sabotage.is_empty() {
        Must::Pass
    } else {
        row.must
    };
    let mut wrong = must.wrong(&drilled, |word| middle.was_sent(word));
    wrong.extend(always(&drilled));
    if untold && row.told == Told::Must {
        wrong.push("the lie was never told".to_owned());
    }
    let after = served.inventory();
    if before != after || !drilled.left.is_empty() {
        wrong.push(format!(
            "left in the cloud: {:?}\nbefore {before}\nafter {after}",
            drilled.left
        ));
    }
    if std::env::var_os("LIES_SHOW").is_some() {
        println!("{}", shown(row, &drilled, &middle, ""));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(shown(row, &drilled, &middle, &wrong.join("\n")))
}

/// What must hold for any drill, whatever a guest says.
fn always(drilled: &Drilled) -> Vec<String> {
    let mut wrong = Vec::new();
    if drilled.exit.is_none() {
        wrong.push(format!("it did not end within {LIMIT:?}"));
    }
    if drilled.exit.is_some_and(|exit| exit != 0) && drilled.failure.is_none() {
        wrong.push("it failed and says nothing of why".to_owned());
    }
    if drilled.written > MOST_WRITTEN {
        wrong.push(format!("it wrote {} bytes", drilled.written));
    }
    if drilled.peak > MOST_MEMORY {
        wrong.push(format!("it had {} bytes of memory", drilled.peak));
    }
    if drilled.printed.contains("panicked") {
        wrong.push("it panicked".to_owned());
    }
    if drilled.printed.contains('\u{1b}') {
        wrong.push("it printed an escape sequence".to_owned());
    }
    wrong
}

/// A scenario of the repository, or one of the liars' own.
fn scenario(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = root.join(format!("harness/tests/guest_liars/scenarios/{name}.yaml"));
    if own.is_file() {
        return own;
    }
    root.join(format!("scenarios/{name}.yaml"))
}

fn shown(row: &Row, drilled: &Drilled, middle: &Arc<Middle>, wrong: &str) -> String {
    format!(
        "{}: {}\n{wrong}\n-- exit {:?} in step {:?} after {:.1} s, {} bytes written, {} MiB of memory\n{}-- printed\n{}\n-- the \
         man in the middle lied {} times\n{}",
        row.id,
        row.what,
        drilled.exit,
        drilled.verb,
        drilled.took.as_secs_f64(),
        drilled.written,
        drilled.peak / 1024 / 1024,
        clip(&drilled.diagnosis()),
        clip(&drilled.printed),
        middle.lied(),
        middle.notes()
    )
}

/// Of a flood its beginning.
fn clip(text: &str) -> String {
    text.chars().take(4000).collect()
}
