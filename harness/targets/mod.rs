//! Targets: where scenarios run; and the YAML that says so.

mod budgets;
mod definition;
mod fault;
#[cfg(test)]
mod golden;
mod guest;
mod left_open;
mod load;
mod named;
mod paths;
mod read;
mod shape;
mod shell;
mod site;
mod variables;
mod volume_log;
mod volume_name;

pub use crate::cloud::BackendHost;
pub use crate::drivers::DriverProfile;
pub use crate::names::SiteName;
pub use budgets::{BudgetName, Budgets};
pub(crate) use definition::MOST_VOLUME_LOGS;
pub use definition::{
    CloudSource, ComputeTools, Driver, PLAIN_TYPE, SimcloudSettings, Sites, StorageHook, Target, TargetName,
    VolumeType, VolumeTypeOrigin,
};
pub use fault::{DeclaredFault, Fault, ServiceFault, SiteFault};
pub use guest::{Guest, GuestAddress, Privilege};
pub(crate) use left_open::OPEN;
pub(crate) use named::{Named, Thing, named};
pub(crate) use shape::{json_schema, reference};
pub use shell::{Shell, SshAddress, SshEntry, SshShell};
pub use site::{Site, SiteConnection};
pub use variables::Variables;
pub use volume_log::{LogSource, VolumeLog};
pub use volume_name::VolumeNameTemplate;
