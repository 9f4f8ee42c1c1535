//! What the modules that talk to the world call an error, as a failure.

use super::{Failure, FailureKind};
use crate::cloud::{ApiError, BackendHostError, CloudConfigError};
use crate::connection::{LogError, ProfileError, VerdictError};
use crate::guest::GuestError;
use crate::shell::ShellError;
use crate::site::SiteError;

impl From<CloudConfigError> for Failure {
    fn from(error: CloudConfigError) -> Failure {
        Failure {
            help: error.help(),
            ..Failure::cloud(error.to_string())
        }
    }
}

impl From<BackendHostError> for Failure {
    fn from(error: BackendHostError) -> Failure {
        Failure::harness(error.to_string())
            .help("write the target's backend as `host@backend`, as `cinder service-list` shows it")
    }
}

/// A failure with the facts and the help that an error holds.
fn described<Name: Into<String>>(
    kind: FailureKind,
    summary: String,
    details: Vec<(Name, String)>,
    help: Option<String>,
) -> Failure {
    let details = details.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Failure {
        kind,
        summary,
        details,
        help,
    }
}

/// Errors that say what was tried, what came of it and what to do next. Each is a failure of the kind on its left.
macro_rules! failures {
    ($($kind:ident: $error:ty),* $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                described(FailureKind::$kind, error.summary(), error.details(), error.help())
            }
        })*
    };
}

failures! {
    Cloud: ApiError,
    Cloud: ShellError,
    Cloud: GuestError,
    Cloud: SiteError,
    // The line is there and says something that no connection info says.
    Cloud: LogError,
    Harness: ProfileError,
}

impl From<VerdictError> for Failure {
    fn from(error: VerdictError) -> Failure {
        let kind = if error.is_about_the_connection() {
            FailureKind::Expectation
        } else {
            FailureKind::Harness
        };
        described(kind, error.summary(), error.details(), error.help())
    }
}
