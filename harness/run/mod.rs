//! The executor: it runs plans and emits events.

mod barrier;
mod chain;
mod chain_run;
mod cleanup;
#[cfg(test)]
mod cleanup_tests;
mod describe;
mod drill;
#[cfg(test)]
mod enabling_tests;
mod evidence;
mod failback;
mod failover_group;
#[cfg(test)]
mod failover_tests;
#[cfg(test)]
mod fake_cloud;
mod faults;
mod generations;
mod gone;
mod guard;
mod kept_for_clones;
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
mod rto;
mod undone;
#[cfg(test)]
mod volume_lies_tests;

pub use chain::Chain;
pub use drill::drill;
pub use recover::{RecoverOptions, forget_lock, recover, recovery_starts};
