//! What the exit codes of `cinder-drill` mean.

/// Everything that was asked for was done, and every expectation held.
pub const PASS: u8 = 0;
/// An expectation of a scenario did not hold: the cloud lost data, or connects to the wrong site.
pub const FAILED_EXPECTATION: u8 = 1;
/// The command line, a scenario or a target is wrong. Nothing was touched.
pub const USAGE: u8 = 2;
/// The cloud, or cinder-drill itself, kept a scenario from being judged.
pub const CLOUD_OR_HARNESS: u8 = 3;
