//! Why a server does not come back: what its volumes and their connections say.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::cloud::{Attachment, ServerId};
use crate::connection::{ConnectionInfo, ExpectedSites, VerdictError, judge};
use crate::failure::Failure;
use crate::names::SiteName;
use crate::session::Context;

/// What a console says when there is nothing to boot from.
const NO_ROOT: [&str; 4] = [
    "Unable to mount root fs",
    "No working init found",
    "No bootable device",
    "Cannot open root device",
];

/// Judges a connection by what the target says of a site.
///
/// # Errors
/// It leads elsewhere, or the target declares nothing that could show it.
pub fn judge_connection(context: &Context, info: &ConnectionInfo, site: SiteName) -> Result<(), VerdictError> {
    let other = site.other();
    let sites = ExpectedSites {
        expected_name: context.site_name(site),
        expected: &declared(context, site),
        other_name: context.site_name(other),
        other: &declared(context, other),
    };
    judge(info, &context.profile, &sites)
}

/// The fields by which the target identifies a site.
#[must_use]
pub fn declared(context: &Context, site: SiteName) -> BTreeMap<String, Value> {
    let declared = context.target.sites.get(site).map(|site| site.connection.fields());
    declared
        .into_iter()
        .flatten()
        .map(|(field, value)| (field.clone(), value.clone()))
        .collect()
}

/// Adds to the failure of a server that does not come back what is known of its volumes. If a connection leads to the site
/// that was left although it was made anew, or a volume still waits for one, or the console says that there is nothing to
/// boot from, that is the cause and the silence only follows from it.
pub async fn explain(context: &Context, server: &ServerId, failure: Failure, console: Option<&str>) -> Failure {
    let mut failure = failure;
    let mut cause = None;
    let mut reserved = Vec::new();
    for (name, made) in &context.resources.volumes {
        let Ok(volume) = context.cloud.volume(&made.id).await else {
            continue;
        };
        failure = failure.detail(format!("volume {name}"), &volume.status);
        if volume.status == "reserved" {
            reserved.push(name.to_string());
        }
        for attachment in &volume.attachments {
            let Ok(attachment) = context.cloud.attachment(&attachment.attachment_id).await else {
                continue;
            };
            if belongs_to(&attachment, server) {
                let info = ConnectionInfo::from(attachment.connection_info.clone());
                if let Err(wrong) = judge_connection(context, &info, context.backend_state.active())
                    && wrong.is_about_the_connection()
                {
                    cause = cause.or(Some((name.to_string(), wrong)));
                }
            }
        }
    }
    if let Some((name, wrong)) = cause {
        return Failure::from(wrong)
            .during(&format!("volume {name} in the attachments API"))
            .explains(failure);
    }
    if !reserved.is_empty() {
        let cause = format!(
            "volume {} is stuck in reserved: the server waits for a connection that is never created",
            reserved.join(", ")
        );
        return failure.because(cause).help(
            "nova-compute never asked Cinder to connect the volume, or gave up on it: search its log for the server's \
             id; `openstack volume attachment list` shows the attachment that is left",
        );
    }
    if console.is_some_and(|console| NO_ROOT.iter().any(|words| console.contains(words))) {
        return failure
            .because("the server's disk holds no root file system that can be booted")
            .help(
                "the volume is empty or damaged at this site: check its image there (`rbd export`, `rbd du`) before \
                anything writes to it",
            );
    }
    failure
}

fn belongs_to(attachment: &Attachment, server: &ServerId) -> bool {
    attachment.instance.as_ref().is_none_or(|instance| instance == server)
}
