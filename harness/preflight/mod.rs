//! Whether a backend can fail over and come back, found out without changing anything.
//!
//! `gather` asks the cloud, the sites and the machines; each file of `checks` judges what was gathered and asks nothing, so
//! every judgement can be tested without a cloud.

mod check;
mod checks;
mod facts;
mod finding;
mod gather;
mod report;
#[cfg(test)]
mod tests;
mod text;
mod wrapped;

pub use check::{Check, Group};
pub use checks::CHECKS;
pub use facts::{
    Asked, Clock, CloudFacts, ComputeFacts, Expected, ExpectedSite, Facts, GuestFacts, LogTail, NovaSetting, SiteFacts,
    Unasked, UserAccess, WantedType, Why,
};
pub use finding::{At, Finding, Fix, Status};
pub use gather::gather;
pub(crate) use gather::gather_for_run;
pub use report::{Checked, Report, Verdict};
pub use text::{Shown, to_text};
pub(crate) use wrapped::write_wrapped;
