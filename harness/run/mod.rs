//! The only part that talks to the world: it runs plans and tells events.

mod barrier;
mod ownership;
mod chain;
mod cleanup;
#[cfg(test)]
mod cleanup_tests;
mod failover_group;
mod describe;
mod drill;
mod evidence;
#[cfg(test)]
mod failover_tests;
#[cfg(test)]
mod fake_cloud;
mod gone;
mod guard;
mod propagation;
mod homeward;
mod keypair;
mod lock;
#[cfg(test)]
mod lock_tests;
mod chain_run;

mod preconditions;
mod prepare;
mod recover;
mod remedy;
mod removal;
mod removal_volume;
mod inventory;
mod undone;

pub use chain::{Chain, Link};
pub use drill::{drill, drill_with};
pub use recover::{RecoverOptions, forget_lock, recover, recovery_starts};
