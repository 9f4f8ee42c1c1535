//! The only part that talks to the world: it runs plans and tells events.

mod barrier;
mod bearing;
mod chain;
mod cleanup;
#[cfg(test)]
mod cleanup_tests;
mod cohort;
mod describe;
mod drill;
mod evidence;
#[cfg(test)]
mod failover_tests;
#[cfg(test)]
mod fake_cloud;
mod gone;
mod guard;
mod hearing;
mod homeward;
mod keypair;
mod lock;
#[cfg(test)]
mod lock_tests;
#[cfg(test)]
mod meeting_tests;
mod member;
#[cfg(test)]
mod mirror_tests;

mod preconditions;
mod prepare;
mod recover;
mod remedy;
mod removal;
mod removal_volume;
mod stock;
mod undone;

pub use chain::{Chain, Link};
pub use drill::{drill, drill_with};
pub use recover::{RecoverOptions, forget_lock, recover, recovery_starts};
