//! Liars: drills in a simcloud that is seen through a lying proxy, a lying `rbd` or a falsified log. Each lie is a test by
//! its name, and must end as its row of the table says; `harness/docs/liars.md` tells how to run them.

#[path = "../common/mod.rs"]
mod common;
mod judge;
mod lie;
mod log;
mod operator;
mod proxy;
mod row;
mod site;
mod site_lie;
mod stories;
mod table;
mod world;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use libtest_mimic::{Arguments, Failed, Trial};

use row::Row;

/// The variable that says which lies are told, in place of the sample: `LIES=all`, or ids with commas between them.
const LIES: &str = "LIES";

fn main() -> ExitCode {
    if let Ok(port) = std::env::var(site::PORT) {
        return ExitCode::from(u8::try_from(site::ask(&port)).unwrap_or(255));
    }
    let mut arguments = Arguments::from_args();
    // Most of the time a drill waits; more than two at once wait for each other.
    arguments.test_threads.get_or_insert(2);
    let lies = std::env::var(LIES).unwrap_or_default();
    let is_told = |id: &str, sample: bool| match lies.as_str() {
        "" => sample,
        "all" => true,
        some => some.split(',').any(|one| one == id),
    };
    let right = Arc::new(AtomicUsize::new(0));
    let mut trials: Vec<Trial> = table::rows()
        .into_iter()
        .map(|row| {
            let right = right.clone();
            let told = is_told(row.id, row.sample) && has_program(&row);
            let kind = format!("kind {}", row.kind);
            Trial::test(row.id, move || is_as_it_must_be(&row, &right))
                .with_kind(kind)
                .with_ignored_flag(!told)
        })
        .collect();
    trials.extend(stories::ALL.iter().map(|story| {
        let right = right.clone();
        Trial::test(story.name, move || {
            (story.tell)();
            right.fetch_add(1, Ordering::Relaxed);
            Ok(())
        })
        .with_kind("story")
        .with_ignored_flag(!is_told(story.name, story.sample))
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    let told = conclusion.num_passed + conclusion.num_failed;
    if !arguments.list {
        println!("{} of {told} lies as they must be", right.load(Ordering::Relaxed));
    }
    conclusion.exit_code()
}

/// Some rows need a program that not every machine has.
fn has_program(row: &Row) -> bool {
    let Some(program) = row.prefix.first() else {
        return true;
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn is_as_it_must_be(row: &Row, right: &AtomicUsize) -> Result<(), Failed> {
    let started = Instant::now();
    let told = judge::tell(row);
    let seconds = started.elapsed().as_secs_f64();
    let verdict = if told.faults.is_empty() {
        "as it must be"
    } else {
        "NOT as it must be"
    };
    let recovered = if told.recover.is_some() { ", recovered" } else { "" };
    println!(
        "{}: exit {:?}{recovered}, {verdict} ({seconds:.1} s)",
        row.id,
        told.drill.exit.unwrap_or(-1)
    );
    for fault in &told.faults {
        let fault: String = fault.chars().take(300).collect();
        println!("    {fault}");
    }
    if told.faults.is_empty() {
        right.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    Err(told.report().into())
}
