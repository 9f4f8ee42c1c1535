//! Logs in to Keystone.

use reqwest::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::catalog::with_path;
use super::token::{Named, ProjectsEnvelope, TokenBody, TokenEnvelope};
use crate::cloud::ServiceKind;
use crate::cloud::config::{CloudConfig, Credential, DomainReference, ProjectReference, UserReference};
use crate::cloud::error::{ApiError, ApiErrorKind};
use crate::cloud::transport::{Answer, Request, Transport};

/// The header in which Keystone gives a token.
const SUBJECT_TOKEN: &str = "X-Subject-Token";
/// The header by which simcloud says that it is a stand-in.
const STAND_IN: &str = "X-Simcloud";

/// Obtains a token. `renewal` is whether the same credential has worked before.
pub(super) async fn login(
    transport: &Transport,
    config: &CloudConfig,
    renewal: bool,
) -> Result<(SecretString, TokenBody), ApiError> {
    let request = token_request(config, login_body(&config.credential, true));
    let answer = transport.send(&request, None, 0).await?;
    if answer.status == StatusCode::UNAUTHORIZED || is_unknown_credential(&answer) {
        return Err(refusal(transport, config, answer, renewal).await);
    }
    let answer = answer.success()?;
    let mut body: TokenEnvelope = answer.json()?;
    body.token.stand_in = answer.header(STAND_IN);
    Ok((subject_token(&answer)?, body.token))
}

/// Some releases of Keystone answer 404 to an application credential that does not exist. A 404 that is not Keystone's own
/// JSON is of a web server without a Keystone at the path.
fn is_unknown_credential(answer: &Answer) -> bool {
    answer.status == StatusCode::NOT_FOUND
        && serde_json::from_slice::<Value>(&answer.body).is_ok_and(|body| body.get("error").is_some())
}

fn subject_token(answer: &Answer) -> Result<SecretString, ApiError> {
    answer.header(SUBJECT_TOKEN).map(SecretString::from).ok_or_else(|| {
        answer.error(ApiErrorKind::WrongShape {
            status: answer.status.as_u16(),
            path: SUBJECT_TOKEN.to_owned(),
            message: "the header with the token is missing".to_owned(),
            beginning: crate::cloud::error::redacted_beginning(&answer.body),
            heard: answer.heard,
        })
    })
}

/// Finds out what Keystone refused. It answers the same 401 to a wrong password and to a project that is not there or not the
/// user's, so nobody can guess at users; whoever can log in without a project has the password right.
async fn refusal(transport: &Transport, config: &CloudConfig, answer: Answer, renewal: bool) -> ApiError {
    let message = answer.message();
    if let Credential::Password { project, .. } = &config.credential
        && !renewal
        && let Some(projects) = projects_of_user(transport, config).await
    {
        let project = match project {
            ProjectReference::Id(id) => id.clone(),
            ProjectReference::Name { name, .. } => name.clone(),
        };
        return answer.error(ApiErrorKind::ProjectRefused {
            project,
            projects,
            message,
        });
    }
    answer.error(ApiErrorKind::LoginRefused {
        message,
        login: config.credential.to_string(),
        renewal,
    })
}

/// The projects of the user, if the password is right; none of them if Keystone does not list them.
async fn projects_of_user(transport: &Transport, config: &CloudConfig) -> Option<Vec<String>> {
    let request = token_request(config, login_body(&config.credential, false));
    let answer = transport.send(&request, None, 0).await.ok()?.success().ok()?;
    let token = subject_token(&answer).ok()?;
    let request = Request {
        service: ServiceKind::Identity,
        method: Method::GET,
        url: with_path(config.auth_url.clone(), &["auth", "projects"]),
        headers: Vec::new(),
        body: None,
        changes: false,
    };
    let listed = match transport.send(&request, Some(&token), 0).await {
        Ok(answer) => answer.success().and_then(|answer| answer.json::<ProjectsEnvelope>()),
        Err(error) => Err(error),
    };
    let projects = listed.map_or_else(|_| Vec::new(), |listed| listed.projects);
    Some(projects.into_iter().map(|Named { name, .. }| name).collect())
}

fn token_request(config: &CloudConfig, body: Value) -> Request {
    Request {
        service: ServiceKind::Identity,
        method: Method::POST,
        url: with_path(config.auth_url.clone(), &["auth", "tokens"]),
        headers: Vec::new(),
        body: Some(body),
        // It is a POST, but an unused token changes nothing: a login may be repeated like a read.
        changes: false,
    }
}

fn login_body(credential: &Credential, scoped: bool) -> Value {
    match credential {
        Credential::Password {
            user,
            password,
            project,
        } => {
            let mut user = user_body(user);
            user["password"] = json!(password.expose_secret());
            let scope = if scoped {
                json!({ "project": project_body(project) })
            } else {
                json!("unscoped")
            };
            json!({ "auth": { "identity": { "methods": ["password"], "password": { "user": user } }, "scope": scope } })
        }
        // An application credential is for one project, and Keystone refuses a scope beside it.
        Credential::ApplicationCredentialId { id, secret } => {
            application_credential_body(json!({ "id": id, "secret": secret.expose_secret() }))
        }
        Credential::ApplicationCredentialName { name, user, secret } => application_credential_body(
            json!({ "name": name, "user": user_body(user), "secret": secret.expose_secret() }),
        ),
    }
}

fn application_credential_body(credential: Value) -> Value {
    json!({ "auth": { "identity": { "methods": ["application_credential"], "application_credential": credential } } })
}

fn user_body(user: &UserReference) -> Value {
    match user {
        UserReference::Id(id) => json!({ "id": id }),
        UserReference::Name { name, domain } => json!({ "name": name, "domain": domain_body(domain) }),
    }
}

fn project_body(project: &ProjectReference) -> Value {
    match project {
        ProjectReference::Id(id) => json!({ "id": id }),
        ProjectReference::Name { name, domain } => json!({ "name": name, "domain": domain_body(domain) }),
    }
}

fn domain_body(domain: &DomainReference) -> Value {
    match domain {
        DomainReference::Id(id) => json!({ "id": id }),
        DomainReference::Name(name) => json!({ "name": name }),
    }
}
