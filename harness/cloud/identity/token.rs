//! What Keystone says about a token.

use serde::Deserialize;

use super::catalog::CatalogService;
use crate::cloud::error::ApiError;
use crate::cloud::transport::Answer;

#[derive(Deserialize)]
pub(super) struct TokenEnvelope {
    pub(super) token: TokenBody,
}

/// The body of a project-scoped token (<https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management>).
#[derive(Clone, Deserialize)]
pub(super) struct TokenBody {
    pub(super) project: Named,
    pub(super) user: Named,
    #[serde(default)]
    pub(super) catalog: Vec<CatalogService>,
    /// The version of simcloud, if that gave the token: its header `X-Simcloud`.
    #[serde(skip)]
    pub(super) stand_in: Option<String>,
}

#[derive(Clone, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct ProjectsEnvelope {
    pub(super) projects: Vec<Named>,
}

/// The errors that come of reading an answer as Keystone's, for the tests of bad input.
pub(crate) fn errors_of_token(answer: &Answer) -> Vec<ApiError> {
    let token = answer.json::<TokenEnvelope>().err();
    let projects = answer.json::<ProjectsEnvelope>().err();
    token.into_iter().chain(projects).collect()
}
