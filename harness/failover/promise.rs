//! What the driver's profile promises of a movement: the words that service and volumes have afterwards.

use crate::cloud::Service;
use crate::drivers::FailbackBy;
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

/// The rows of services, with those of the backend at its primary site that its driver leaves `failed-over` there: such a driver fails back by
/// a failover to its own array, and only `active_backend_id` says so (`volume/manager.py`, `failover`: the service is enabled again
/// for `default` only).
pub(crate) fn as_the_driver_means(context: &Context, services: &[Service]) -> Vec<Service> {
    let primary = context.target.sites.primary.active_backend_id.as_deref();
    let fails_back_by_failover = context.profile.failback.by == FailbackBy::Again && primary.is_some();
    let is_back = |row: &Service| {
        fails_back_by_failover
            && row.host == context.backend.to_string()
            && row.replication_status.as_deref() == Some("failed-over")
            && row.active_backend_id.as_deref() == primary
    };
    let at_primary = |row: &Service| {
        let mut row = row.clone();
        if is_back(&row) {
            row.replication_status = Some("enabled".to_owned());
            row.active_backend_id = None;
            row.status = "enabled".to_owned();
        }
        row
    };
    services.iter().map(at_primary).collect()
}
