//! The checks: one file each.

mod at_primary;
mod blast_radius;
mod capabilities;
mod capacity;
mod clock_skew;
mod cloud_reachable;
mod declared_connection;
mod guest_resources;
mod libvirt_secret;
mod mirror_daemons;
mod mirror_mode;
mod not_active_active;
mod not_frozen;
mod peers;
mod pool_capabilities;
mod quota;
mod replicated_images;
mod same_pool;
mod secondary_user;
mod service_up;
mod shelve_offload;
mod sites_reachable;
mod storage;
mod volume_log;
mod volume_type;

use super::Check;

/// All checks, in the order in which they are shown.
pub static CHECKS: [&Check; 23] = [
    &sites_reachable::CHECK,
    &declared_connection::CHECK,
    &same_pool::CHECK,
    &mirror_mode::CHECK,
    &peers::CHECK,
    &mirror_daemons::CHECK,
    &secondary_user::CHECK,
    &capacity::CHECK,
    &cloud_reachable::CHECK,
    &service_up::CHECK,
    &not_frozen::CHECK,
    &at_primary::CHECK,
    &not_active_active::CHECK,
    &pool_capabilities::CHECK,
    &volume_type::CHECK,
    &quota::CHECK,
    &guest_resources::CHECK,
    &volume_log::CHECK,
    &shelve_offload::CHECK,
    &libvirt_secret::CHECK,
    &clock_skew::CHECK,
    &blast_radius::CHECK,
    &replicated_images::CHECK,
];
