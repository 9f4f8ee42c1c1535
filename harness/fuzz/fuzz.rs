//! One of the targets of `cinder_drill::bad_input`, under libFuzzer. The environment variable `TARGET` names it.
#![no_main]

use std::sync::LazyLock;

use cinder_drill::internals::{BAD_INPUT_TARGETS, BadInputTarget};
use libfuzzer_sys::fuzz_target;

static TARGET: LazyLock<BadInputTarget> = LazyLock::new(|| {
    let name = std::env::var("TARGET").unwrap_or_default();
    let names: Vec<&str> = BAD_INPUT_TARGETS.iter().map(|target| target.name).collect();
    let found = BAD_INPUT_TARGETS.iter().find(|target| target.name == name);
    *found.unwrap_or_else(|| panic!("TARGET is `{name}`; it must be one of {}", names.join(", ")))
});

fuzz_target!(|bytes: &[u8]| (TARGET.read)(bytes));
