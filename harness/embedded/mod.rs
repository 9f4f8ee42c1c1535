//! The embedded cloud, as far as this build has one: the feature `simcloud`, which is on by default. All else asks here, so a
//! build without it is the same program.

#[cfg(not(feature = "simcloud"))]
mod absent;
#[cfg(feature = "simcloud")]
mod present;

#[cfg(not(feature = "simcloud"))]
pub(crate) use absent::start;
#[cfg(not(feature = "simcloud"))]
pub use absent::{Misconfiguration, Played, Release, Sabotage};
#[cfg(feature = "simcloud")]
pub(crate) use present::start;
#[cfg(feature = "simcloud")]
pub use simcloud::{Misconfiguration, Played, Release, Sabotage};

/// Whether this build has one.
pub(crate) const IS_HERE: bool = cfg!(feature = "simcloud");

/// What a build without it says to who asks for it.
pub(crate) const ABSENT: &str = "this cinder-drill was built without the embedded cloud";

/// What to do about it.
pub(crate) const BUILD_IT: &str = "name a target of your own with --target, or build cinder-drill with the feature `simcloud`, which is on by default";
