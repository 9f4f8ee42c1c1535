//! No panic, no hang, bounded memory.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::ALLOCATOR;
use crate::edits::{Edit, apply, edits};

/// How long one input may take, in a build for debugging on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);
/// How much memory an input may need: this much, and so many times its length.
const BASE_BYTES: usize = 64 << 20;
const FACTOR: usize = 64;
/// How many edited inputs are tried of each kind, unless `PROPTEST_CASES` says otherwise.
const CASES: u32 = 120;

/// One at a time: the peak of the memory is that of the whole process.
static TURN: Mutex<()> = Mutex::new(());

/// Tries one input.
fn try_one(input: &[u8], work: fn(&[u8])) -> Result<(), String> {
    let (done, finished) = sync_channel(1);
    let given = input.to_vec();
    ALLOCATOR.reset_peak_usage();
    let before = ALLOCATOR.current_usage();
    // A thread's stack is 2 MiB, as that of the harness's own threads: too deep a recursion ends the test.
    let worker = std::thread::spawn(move || {
        work(&given);
        // Nobody listens any more if it took too long.
        let _ = done.send(());
    });
    match finished.recv_timeout(LIMIT) {
        Ok(()) => {}
        Err(RecvTimeoutError::Timeout) => return Err(format!("it took longer than {LIMIT:?}")),
        Err(RecvTimeoutError::Disconnected) => {
            let panic = worker.join().err();
            let message = panic.as_ref().and_then(|panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                text.or_else(|| panic.downcast_ref::<&str>().copied())
            });
            return Err(format!("it panicked: {}", message.unwrap_or("without a message")));
        }
    }
    let needed = ALLOCATOR.peak_usage().saturating_sub(before);
    let allowed = BASE_BYTES + FACTOR * input.len();
    if needed > allowed {
        return Err(format!("{} bytes of input took {needed} bytes of memory", input.len()));
    }
    Ok(())
}

/// Tries every seed as it is, and then edited ones.
pub fn try_all(corpus: &[Vec<u8>], tokens: &'static [&'static str], work: fn(&[u8])) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(!corpus.is_empty(), "there is nothing to try");
    for seed in corpus {
        if let Err(reason) = try_one(seed, work) {
            panic!("{reason}: {}", shown(seed));
        }
    }
    let cases = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let config = Config {
        cases: cases.unwrap_or(CASES),
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    let strategy = (any::<prop::sample::Index>(), edits());
    let input = |(index, edits): &(prop::sample::Index, Vec<Edit>)| {
        apply(&corpus[index.index(corpus.len())], edits, corpus, tokens)
    };
    let outcome = TestRunner::new(config).run(&strategy, |chosen| {
        try_one(&input(&chosen), work).map_err(TestCaseError::fail)
    });
    if let Err(proptest::test_runner::TestError::Fail(reason, smallest)) = &outcome {
        panic!("{reason}: {}", shown(&input(smallest)));
    }
    outcome.expect("the runner runs");
}

/// An input as a literal of Rust, but for its middle if it is long.
fn shown(input: &[u8]) -> String {
    const ENDS: usize = 600;
    let whole = |bytes: &[u8]| bytes.escape_ascii().to_string();
    if input.len() <= 2 * ENDS {
        return format!("b\"{}\"", whole(input));
    }
    format!(
        "b\"{}\" … {} bytes … b\"{}\"",
        whole(&input[..ENDS]),
        input.len() - 2 * ENDS,
        whole(&input[input.len() - ENDS..])
    )
}
