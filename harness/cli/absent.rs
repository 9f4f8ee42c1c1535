//! The commands that need the embedded cloud, in a build without it.

use super::ColorChoice;
use super::failure_text::refuse;
use crate::launch::no_embedded_cloud;

/// What would be theirs.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Arguments {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Says that this build has no embedded cloud, whatever else was requested.
pub(super) fn refused(Arguments { rest: _ }: &Arguments) -> u8 {
    refuse(&no_embedded_cloud(), ColorChoice::Auto)
}

pub(super) mod simcloud {
    pub(in crate::cli) use super::{Arguments, refused as simcloud};
}

pub(super) mod selftest {
    pub(in crate::cli) use super::{Arguments, refused as selftest};
}
