//! The executor: it runs plans and emits events.

mod barrier;
mod chain;
mod chain_run;
mod cleanup;
#[cfg(test)]
mod cleanup_tests;
mod describe;
mod drill;
mod evidence;
mod failover_group;
#[cfg(test)]
mod failover_tests;
#[cfg(test)]
mod fake_cloud;
mod gone;
mod guard;
mod homeward;
mod keypair;
mod lock;
#[cfg(test)]
mod lock_tests;
#[cfg(test)]
mod meeting_tests;
#[cfg(test)]
mod mirror_tests;
mod ownership;
mod propagation;

mod inventory;
mod preconditions;
mod prepare;
mod recover;
mod remedy;
mod removal;
mod removal_volume;
mod undone;

pub use chain::{Chain, Link};
pub use drill::{drill, drill_with};
pub use recover::{RecoverOptions, forget_lock, recover, recovery_starts};
