//! What Keystone says about a token.

use serde::Deserialize;

use super::catalog::CatalogService;

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
