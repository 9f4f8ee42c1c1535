//! Who logs in, and to what.

use std::fmt;

use secrecy::SecretString;

/// A domain of Keystone, by id or by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DomainReference {
    /// By its id, such as `default`.
    Id(String),
    /// By its name, such as `Default`.
    Name(String),
}

/// A user of Keystone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserReference {
    /// By id.
    Id(String),
    /// By name within a domain.
    Name {
        /// The name.
        name: String,
        /// The domain that the name belongs to.
        domain: DomainReference,
    },
}

/// The project that a token is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectReference {
    /// By id.
    Id(String),
    /// By name within a domain.
    Name {
        /// The name.
        name: String,
        /// The domain that the name belongs to.
        domain: DomainReference,
    },
}

/// How a token is obtained. The secrets are typed as such; `Debug` does not show them.
#[derive(Clone, Debug)]
pub enum Credential {
    /// User and password, for one project.
    Password {
        /// The user.
        user: UserReference,
        /// The user's password.
        password: SecretString,
        /// The project.
        project: ProjectReference,
    },
    /// An application credential, whose project is its own.
    ApplicationCredentialId {
        /// Its id.
        id: String,
        /// Its secret.
        secret: SecretString,
    },
    /// An application credential by its name, which is one of a user's.
    ApplicationCredentialName {
        /// Its name.
        name: String,
        /// Whose it is.
        user: UserReference,
        /// Its secret.
        secret: SecretString,
    },
}

impl fmt::Display for UserReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "user id {id}"),
            Self::Name { name, domain } => write!(formatter, "user '{name}' of {domain}"),
        }
    }
}

impl fmt::Display for ProjectReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "project id {id}"),
            Self::Name { name, domain } => write!(formatter, "project '{name}' of {domain}"),
        }
    }
}

impl fmt::Display for DomainReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "domain id {id}"),
            Self::Name(name) => write!(formatter, "domain '{name}'"),
        }
    }
}

/// The user who logs in, without the secret.
impl fmt::Display for Credential {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, project, .. } => write!(formatter, "{user} to {project}"),
            Self::ApplicationCredentialId { id, .. } => write!(formatter, "application credential id {id}"),
            Self::ApplicationCredentialName { name, user, .. } => {
                write!(formatter, "application credential '{name}' of {user}")
            }
        }
    }
}
