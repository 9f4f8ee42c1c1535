//! What the driver's profile promises of a movement: the words that service and volumes have afterwards.

use crate::names::SiteName;
use crate::session::{Context, Movement};

/// What the volumes say as `replication_status` once they have moved. Drivers say more words than Cinder knows, and its manager
/// keeps them (`volume/manager.py`, `failover`).
pub(crate) fn volume_status<'a>(context: &'a Context, movement: &Movement) -> &'a str {
    match movement.to {
        SiteName::Primary => &context.profile.failback.status,
        SiteName::Secondary => &context.profile.status_away,
    }
}

/// What volumes may say at the end of a scenario: what they said after the last movement. One that was made at the primary site says
/// `enabled`, whatever those say that failed back.
pub(crate) fn statuses_at(context: &Context, active: SiteName) -> Vec<&str> {
    match active {
        SiteName::Primary => vec![&context.profile.failback.status, "enabled"],
        SiteName::Secondary => vec![&context.profile.status_away],
    }
}

/// What the service's `active_backend_id` must be after a movement, if somebody can say.
pub(crate) fn active_backend_id(context: &Context, movement: &Movement) -> Option<String> {
    let site = context.target.sites.get(movement.to);
    let declared = site.and_then(|site| site.active_backend_id.clone());
    declared.or_else(|| context.profile.active_after(movement.backend_id.as_deref()))
}
