//! From two bare clusters to a backend that replicates: what the guide does by hand, as often as one likes.
//!
//! Each part looks first, and does only what is missing; every command line is shown before it runs. The command `cinder-drill
//! enable` and the verbs of scenarios use the same parts.

mod cinder_conf;
mod daemons;
mod enabler;
mod peers;
mod pools;
mod told;
mod verified;
mod volume_types;

pub use cinder_conf::{section, write_config};
pub use daemons::run_daemons;
pub use enabler::{EnabledSite, Enabler};
pub use peers::make_peers;
pub use pools::mirror_pools;
pub use told::{Teller, Told};
pub use verified::verify_pools;
pub use volume_types::make_volume_types;
