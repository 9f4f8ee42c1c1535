//! Targets: where scenarios run; and the YAML that says so.

mod budgets;
mod definition;
mod guest;
mod shell;
mod site;

pub use budgets::{BudgetName, Budgets};
pub use definition::{
    BackendHost, CloudSource, DriverProfile, KnownDriver, SimcloudSettings, Sites, Target, TargetName, VolumeLog,
    VolumeType, VolumeTypeOrigin,
};
pub use guest::{Guest, GuestAddress, Privilege};
pub use shell::{Shell, SshAddress, SshShell};
pub use site::{Site, SiteConnection, SiteName};
