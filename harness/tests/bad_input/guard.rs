//! Runs a target within bounds of time and memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cinder_drill::internals::BadInputTarget;
use rustix::time::{ClockId, clock_gettime};

/// The CPU time that one input may take, in a build without optimization. Wall time would fail on a busy machine.
const LONGEST: Duration = Duration::from_secs(5);
/// The memory that reading one input of up to a mebibyte may take, in bytes: some copies of it, and a tree of it.
const MOST_MEMORY: usize = 96 * 1024 * 1024;
/// After this time without an answer, the process ends: an input that is read for ever would never fail a test.
const HANG: Duration = Duration::from_secs(180);

/// What is being read, since when.
static READING: Mutex<Option<(String, Instant)>> = Mutex::new(None);

/// Ends the process when an input is read for ever.
pub fn watch() {
    std::thread::spawn(|| {
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let reading = READING.lock().expect("nobody panics with it").clone();
            if let Some((what, since)) = reading
                && since.elapsed() > HANG
            {
                eprintln!("{what} has been read for {HANG:?}");
                std::process::exit(1);
            }
        }
    });
}

/// Has a target read an input.
pub fn read(target: &BadInputTarget, name: &str, bytes: &[u8]) -> Result<(), String> {
    let set = |value| *READING.lock().expect("nobody panics with it") = value;
    set(Some((format!("{} of {}", name, target.name), Instant::now())));
    super::ALLOCATOR.reset_peak_usage();
    let (memory, time) = (super::ALLOCATOR.current_usage(), cpu_time());
    let result = catch_unwind(AssertUnwindSafe(|| (target.read)(bytes)));
    let (memory, time) = (super::ALLOCATOR.peak_usage().saturating_sub(memory), cpu_time() - time);
    set(None);
    if result.is_err() {
        // The panic's message was printed.
        return Err("it panics".to_owned());
    }
    if time > LONGEST {
        return Err(format!("it takes {time:?} of CPU time for {} bytes", bytes.len()));
    }
    if memory > MOST_MEMORY {
        return Err(format!(
            "it takes {} MiB for {} bytes",
            memory / (1024 * 1024),
            bytes.len()
        ));
    }
    if std::env::var_os("BAD_INPUT_FIGURES").is_some() && name != "a mutation" {
        eprintln!(
            "{:>16} {:>10} bytes {:>10.1?} {:>8} KiB  {name}",
            target.name,
            bytes.len(),
            time,
            memory / 1024
        );
    }
    Ok(())
}

/// The CPU time of this thread.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}
