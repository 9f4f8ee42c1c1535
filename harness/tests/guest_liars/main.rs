//! Guests that lie: drills of the real program, seen through a man in the middle of its SSH sessions with simcloud's guests.
//!
//! `cargo test --test guest_liars` tells a sample; `LIES=all` in the environment tells all, `LIES=id,id` some;
//! `LIES_SHOW=1` shows what was said, also where it is right. See `harness/docs/liars.md`.

#[path = "../common/mod.rs"]
mod common;
mod drilled;
mod expectation;
mod lie;
mod middle;
mod table;
mod trial;

use libtest_mimic::{Arguments, Trial};
use sha2::{Digest, Sha256};

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    // Each is a cloud and a program: more at a time would measure the machine.
    arguments.test_threads.get_or_insert(2);
    let wanted = std::env::var("LIES").unwrap_or_default();
    let rows = table::rows().filter(|row| is_wanted(&wanted, row));
    let trials = rows.map(|row| Trial::test(row.id, || trial::run(row).map_err(Into::into)));
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    let told = conclusion.num_passed + conclusion.num_failed;
    println!("{} of {told} lies as they must be", conclusion.num_passed);
    conclusion.exit_code()
}

fn is_wanted(wanted: &str, row: &table::Row) -> bool {
    match wanted {
        "" | "sample" => row.sample,
        "all" => true,
        ids => ids.split(',').any(|id| id == row.id),
    }
}

/// A digest as `sha256sum` prints it.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
