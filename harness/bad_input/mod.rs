//! What must hold for any bytes that come from outside, however bad: no panic, and an answer or a fault that can be shown.
//!
//! Each target takes bytes as one of the harness's readers gets them, and panics if what must hold does not. The test
//! `bad_input` runs them on a corpus and on mutations of it, with bounds on time and memory; `ci/fuzz` runs them under
//! libFuzzer, which is guided by coverage.

mod api_body;
mod clouds_yaml;
mod command_output;
mod document;
mod journal;
mod log_line;
mod rendering;
mod storage_answer;

/// A reader of bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct BadInputTarget {
    /// Its name, in kebab-case.
    pub name: &'static str,
    /// Reads bytes, and panics if what must hold does not.
    pub read: fn(&[u8]),
}

/// Every target.
pub const TARGETS: &[BadInputTarget] = &[
    target("scenario", document::scenario),
    target("target", document::target),
    target("driver-profile", document::driver_profile),
    target("clouds-yaml", clouds_yaml::clouds_yaml),
    target("log-line", log_line::log_line),
    target("storage-answer", storage_answer::storage_answer),
    target("api-body", api_body::api_body),
    target("command-output", command_output::command_output),
    target("journal", journal::journal),
    target("rendering", rendering::rendering),
];

const fn target(name: &'static str, read: fn(&[u8])) -> BadInputTarget {
    BadInputTarget { name, read }
}
