//! The words of [`ApiError`](super::ApiError).

use super::kind::{ApiErrorKind, Heard, LostAnswer, Unreachable};
use crate::cloud::ServiceKind;
use crate::cloud::nearest::nearest;

/// How many names of what there is are shown before the rest is only counted.
const NAMES_SHOWN: usize = 20;

fn project(service: Option<ServiceKind>) -> &'static str {
    service.map_or("the cloud", ServiceKind::project)
}

/// "404 Not Found", or the bare number where HTTP has no name for it.
fn status_text(status: u16) -> String {
    let name = reqwest::StatusCode::from_u16(status)
        .ok()
        .and_then(|code| code.canonical_reason());
    name.map_or_else(|| status.to_string(), |name| format!("{status} {name}"))
}

fn listed(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_owned(),
        count if count > NAMES_SHOWN => {
            format!("{} and {} more", names[..NAMES_SHOWN].join(", "), count - NAMES_SHOWN)
        }
        _ => names.join(", "),
    }
}

pub(super) fn summary(kind: &ApiErrorKind, service: Option<ServiceKind>) -> String {
    let project = project(service);
    match kind {
        ApiErrorKind::Unreachable { cause, message } => match cause {
            Unreachable::Refused => format!("no {project} at this address: the connection was refused"),
            Unreachable::NameUnknown => format!("no {project} at this address: the host's name has no address"),
            Unreachable::NoReply => format!("no {project} at this address: nothing answered the attempt to connect"),
            Unreachable::NotTls => format!("{project} does not speak TLS at this address, although it is https"),
            Unreachable::Other => format!("cannot connect to {project}: {message}"),
        },
        ApiErrorKind::CertificateNotTrusted { .. } => format!("the TLS certificate of {project} is not trusted"),
        ApiErrorKind::TimedOut { after } => format!("{project} did not answer within {} s", after.as_secs_f64()),
        ApiErrorKind::Interrupted { message } => {
            format!("the connection to {project} broke before the answer was complete: {message}")
        }
        ApiErrorKind::AnswerLost(LostAnswer::TimedOut { after }) => {
            format!(
                "{project} did not answer a change within {} s: whether it was done is unknown",
                after.as_secs_f64()
            )
        }
        ApiErrorKind::AnswerLost(LostAnswer::Broken(message)) => {
            format!("the answer of {project} to a change got lost: whether it was done is unknown: {message}")
        }
        ApiErrorKind::Answered { status, message, .. } => {
            let status = status_text(*status);
            match message {
                Some(message) if message.starts_with('<') => {
                    format!("{project} answered {status} with a page of HTML, as proxies do and it does not: {message}")
                }
                Some(message) => format!("{project} answered {status}: {message}"),
                None => format!("{project} answered {status} without a message"),
            }
        }
        ApiErrorKind::NotJson { status, .. } => {
            format!(
                "{project} answered {} with something that is not JSON",
                status_text(*status)
            )
        }
        ApiErrorKind::WrongShape { path, message, .. } => {
            format!("{project} answered JSON of an unexpected shape: at {path}: {message}")
        }
        ApiErrorKind::ListIncomplete { collection, why } => {
            format!("{project} does not give the whole list of {collection}: {why}")
        }
        ApiErrorKind::TooLarge { limit } => {
            format!(
                "{project} answered more than {} MiB, which no call of the harness needs",
                limit / (1024 * 1024)
            )
        }
        ApiErrorKind::LoginRefused {
            login, renewal: false, ..
        } => format!("Keystone refuses the login of {login}"),
        ApiErrorKind::LoginRefused {
            login, renewal: true, ..
        } => {
            format!("the token has expired and Keystone refuses {login} a new one")
        }
        ApiErrorKind::ProjectRefused { project, .. } => {
            format!("user and password are right, but the user has no role on {project}, or there is no such project")
        }
        ApiErrorKind::TokenRefused { .. } => format!("{project} refuses the token, and a fresh one too"),
        ApiErrorKind::ServiceMissing {
            service,
            region,
            interface,
            ..
        } => {
            let region = region
                .as_ref()
                .map_or(String::new(), |region| format!(" in region {region}"));
            format!(
                "the cloud's catalog has no {interface} endpoint of {service} ({}){region}",
                service.project()
            )
        }
        ApiErrorKind::RegionNotChosen { service, regions } => {
            format!(
                "{service} ({}) is in {} regions and none is chosen",
                service.project(),
                regions.len()
            )
        }
        ApiErrorKind::VersionNotOffered {
            service,
            needed,
            offered,
        } => {
            format!(
                "{} offers microversions up to {offered}, and this needs {needed}",
                service.project()
            )
        }
        ApiErrorKind::NoSuchName { what, wanted, .. } => format!("the cloud has no {what} '{wanted}'"),
        ApiErrorKind::NotUnique { what, name, ids } => {
            format!("{} {what}s of the cloud have the name '{name}'", ids.len())
        }
        ApiErrorKind::AttributeHidden { attribute, of } => {
            format!("Cinder does not show '{attribute}' of {of} to this user")
        }
        ApiErrorKind::Setup { message } => message.clone(),
    }
}

pub(super) fn details(kind: &ApiErrorKind, details: &mut Vec<(&'static str, String)>) {
    match kind {
        ApiErrorKind::Unreachable { message, cause } if *cause != Unreachable::Other => {
            details.push(("cause", message.clone()));
        }
        ApiErrorKind::CertificateNotTrusted { message } => details.push(("cause", message.clone())),
        ApiErrorKind::Answered {
            retry_after, location, ..
        } => {
            if let Some(retry_after) = retry_after.filter(|wait| !wait.is_zero()) {
                details.push(("asks to wait", format!("{} s", retry_after.as_secs())));
            }
            if let Some(location) = location {
                details.push(("points to", location.clone()));
            }
        }
        ApiErrorKind::NotJson {
            content_type,
            beginning,
            message,
            heard,
            ..
        } => {
            details.push((
                "content type",
                content_type.clone().unwrap_or_else(|| "none".to_owned()),
            ));
            details.push(("parser", message.clone()));
            details.push(("body begins", beginning.clone()));
            details.extend(heard_words(*heard));
        }
        ApiErrorKind::WrongShape {
            status,
            beginning,
            heard,
            ..
        } => {
            details.push(("status", status_text(*status)));
            details.push(("body begins", beginning.clone()));
            details.extend(heard_words(*heard));
        }
        ApiErrorKind::LoginRefused {
            message: Some(message), ..
        }
        | ApiErrorKind::TokenRefused { message: Some(message) } => details.push(("message", message.clone())),
        ApiErrorKind::ProjectRefused { projects, message, .. } => {
            if let Some(message) = message {
                details.push(("message", message.clone()));
            }
            if !projects.is_empty() {
                details.push(("the user's projects", listed(projects)));
            }
        }
        ApiErrorKind::ServiceMissing { catalog, .. } => details.push(("the catalog has", listed(catalog))),
        ApiErrorKind::RegionNotChosen { regions, .. } => details.push(("regions", listed(regions))),
        ApiErrorKind::NoSuchName { available, .. } => details.push(("there are", listed(available))),
        ApiErrorKind::NotUnique { ids, .. } => details.push(("their ids", listed(ids))),
        _ => {}
    }
}

/// How the answer fits to the others of its service, where there were any.
fn heard_words(heard: Heard) -> Option<(&'static str, String)> {
    let count = format!(
        "{} of {} answers of this service were complete",
        heard.whole, heard.answers
    );
    (heard.whole > 0).then_some(("so far", count))
}

pub(super) fn help(kind: &ApiErrorKind, service: Option<ServiceKind>, outcome_unknown: bool) -> Option<String> {
    if outcome_unknown {
        return Some(format!(
            "the change may have been made all the same; it was sent once and is never repeated: check the state of \
             what it changes, and search the log of {} for the request",
            project(service)
        ));
    }
    let text = match kind {
        ApiErrorKind::Unreachable {
            cause: Unreachable::NotTls,
            ..
        } => "write http:// if the service has no TLS".to_owned(),
        ApiErrorKind::Unreachable { .. } => where_the_address_comes_from(service),
        ApiErrorKind::CertificateNotTrusted { .. } => {
            "give the certificate of its authority as `cacert` in clouds.yaml \
             (or OS_CACERT); `verify: false` (or OS_INSECURE=true) trusts any, which fits only a test cloud"
                .to_owned()
        }
        ApiErrorKind::TimedOut { .. } | ApiErrorKind::Interrupted { .. } => {
            format!(
                "check whether {} is up, its log, and any proxy before it",
                project(service)
            )
        }
        ApiErrorKind::Answered { status, .. } => return help_for_status(*status, service),
        ApiErrorKind::NotJson { heard, .. } if heard.whole > 0 => format!(
            "{0} answers there, so check what is in between: a proxy or load balancer that cut or replaced this \
             answer; and search the log of {0} for the request",
            project(service)
        ),
        // This answer and that about versions are whole, whoever gave them.
        ApiErrorKind::WrongShape { heard, .. } if heard.whole > 2 => format!(
            "other answers of {0} could be read; check what its release answers here, and any proxy before it",
            project(service)
        ),
        ApiErrorKind::ListIncomplete { .. } => format!(
            "half a list would pass for the whole, so it is not used: check whether the user is an administrator to \
             {0} (its policy `context_is_admin`), and any proxy before it (`openstack --debug` shows the answers and \
             their links)",
            project(service)
        ),
        ApiErrorKind::NotJson { .. } | ApiErrorKind::WrongShape { .. } => {
            format!(
                "is this address really that of {}? {}",
                project(service),
                where_the_address_comes_from(service)
            )
        }
        ApiErrorKind::LoginRefused { renewal: true, .. } => {
            "the password was changed, or the application credential deleted, during the run".to_owned()
        }
        ApiErrorKind::LoginRefused { .. } => {
            "check user, password and user domain, or the application credential; `secure.yaml` overrides clouds.yaml"
                .to_owned()
        }
        ApiErrorKind::ProjectRefused { project, projects, .. } => match nearest(project, projects) {
            Some(near) => format!("did you mean '{near}'? Otherwise check project name and project domain"),
            None => "check project name and project domain, and the user's roles (`openstack role assignment list`)"
                .to_owned(),
        },
        ApiErrorKind::TokenRefused { .. } => {
            format!(
                "check [keystone_authtoken] in the configuration of {}, and its log",
                project(service)
            )
        }
        ApiErrorKind::ServiceMissing { service, .. } => format!(
            "choose `region_name` and `interface` from what the catalog has, or set `{}_endpoint_override`",
            service.as_str().replace('-', "_")
        ),
        ApiErrorKind::RegionNotChosen { .. } => "set `region_name` (or OS_REGION_NAME)".to_owned(),
        ApiErrorKind::VersionNotOffered {
            service: ServiceKind::BlockStorage,
            ..
        } => "the attachments API, from which connection info is read, came with 3.27 (Pike)".to_owned(),
        ApiErrorKind::NoSuchName { wanted, available, .. } => match nearest(wanted, available) {
            Some(near) => format!("did you mean '{near}'?"),
            None => return None,
        },
        ApiErrorKind::NotUnique { .. } => "name it by its id".to_owned(),
        ApiErrorKind::AttributeHidden { .. } => "a drill needs the admin role on its project".to_owned(),
        ApiErrorKind::TooLarge { .. }
        | ApiErrorKind::AnswerLost(_)
        | ApiErrorKind::VersionNotOffered { .. }
        | ApiErrorKind::Setup { .. } => return None,
    };
    Some(text)
}

fn where_the_address_comes_from(service: Option<ServiceKind>) -> String {
    match service {
        None | Some(ServiceKind::Identity) => "the address is `auth_url` in clouds.yaml (or OS_AUTH_URL)".to_owned(),
        Some(service) => format!(
            "the address comes from the cloud's catalog; another `interface` or `region_name` chooses another, and \
             `{}_endpoint_override` replaces it",
            service.as_str().replace('-', "_")
        ),
    }
}

fn help_for_status(status: u16, service: Option<ServiceKind>) -> Option<String> {
    let project = project(service);
    Some(match status {
        300..=399 => {
            "redirects are not followed, since the token would go with them; write the address it points to".to_owned()
        }
        403 => format!(
            "the policy of {project} forbids it to this user, or a quota is used up; a drill needs the admin role on its \
             project, since services, fail-over and other tenants' volumes are an administrator's"
        ),
        404 if service == Some(ServiceKind::Identity) => {
            "there is no Keystone at this path: `auth_url` ends in /v3, on many clouds in /identity/v3".to_owned()
        }
        404 => "it does not exist any more, belongs to another project, or this release of the service does not have \
            the call"
            .to_owned(),
        406 => format!("this {project} does not offer the microversion that the harness requested"),
        409 => "its state does not allow this now; check the state, and what else uses it".to_owned(),
        413 => "a quota of the project is used up: `openstack quota show --usage`".to_owned(),
        429 => "the cloud limits the rate of requests; wait, or raise the limit for this user".to_owned(),
        500..=599 => format!("the fault is in the cloud: search the log of {project} for the request id"),
        _ => return None,
    })
}
