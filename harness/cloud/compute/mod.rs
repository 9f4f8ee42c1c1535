//! Nova (<https://docs.openstack.org/api-ref/compute/>).

mod flavor;
mod keypair;
mod new_server;
mod server;
mod server_actions;
mod server_calls;
mod server_volume;
mod versions;

pub use flavor::Flavor;
pub use keypair::Keypair;
pub use new_server::{Boot, NewServer};
pub use server::{AddressKind, Server};
#[cfg(test)]
pub use server_volume::ServerVolume;
