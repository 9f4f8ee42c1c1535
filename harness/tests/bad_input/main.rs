//! Bad input: every reader of bytes from outside, on a corpus of real files and captures, on hostile input, and on
//! mutations of both. None may panic, take long, or take much memory.
//!
//! `PROPTEST_CASES` is how many mutations each target reads (256 without it). `ci/fuzz` goes on for as long as is wanted.

#[path = "../common/mod.rs"]
mod common;
mod corpus;
mod guard;
mod mutation;

use cinder_drill::internals::{BAD_INPUT_TARGETS, BadInputTarget};
use libtest_mimic::{Arguments, Failed, Trial};
use proptest::test_runner::{Config, TestError, TestRunner};

/// Counts what is allocated, so the peak is known.
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

fn main() -> std::process::ExitCode {
    let mut arguments = Arguments::from_args();
    if let Some(folder) = std::env::var_os("WRITE_CORPUS") {
        corpus::write(std::path::Path::new(&folder));
        return std::process::ExitCode::SUCCESS;
    }
    // The memory of the whole process is counted, so one target reads at a time.
    arguments.test_threads = Some(1);
    guard::watch();
    let trials = BAD_INPUT_TARGETS.iter().flat_map(|target| {
        [
            Trial::test(format!("{}::corpus", target.name), || corpus_is_judged(target)),
            Trial::test(format!("{}::mutations", target.name), || mutations_are_judged(target)),
        ]
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn corpus_is_judged(target: &'static BadInputTarget) -> Result<(), Failed> {
    let inputs = corpus::of(target.name);
    let faults: Vec<String> = inputs
        .iter()
        .filter_map(|(name, bytes)| Some(format!("{name}: {}", guard::read(target, name, bytes).err()?)))
        .collect();
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

fn mutations_are_judged(target: &'static BadInputTarget) -> Result<(), Failed> {
    // Mutations of what is huge take long and find little.
    let seeds: Vec<Vec<u8>> = corpus::of(target.name)
        .into_iter()
        .map(|(_, bytes)| bytes)
        .filter(|bytes| bytes.len() <= 64 * 1024)
        .collect();
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 2_000,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let result = runner.run(&mutation::mutations(seeds), |bytes| {
        guard::read(target, "a mutation", &bytes).map_err(proptest::test_runner::TestCaseError::fail)
    });
    match result {
        Ok(()) => Ok(()),
        Err(TestError::Fail(reason, bytes)) => {
            let path = std::env::temp_dir().join(format!("bad-input-{}", target.name));
            let kept = std::fs::write(&path, &bytes);
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned();
            Err(format!(
                "{reason}\nthe smallest such input ({kept:?} in {}): {shown:?}",
                path.display()
            )
            .into())
        }
        Err(TestError::Abort(reason)) => Err(reason.to_string().into()),
    }
}
