//! Turns the errors of the modules that do I/O into failures.

use std::fmt;
use std::io::{self, ErrorKind};

use super::{Cause, Failure, FailureKind, Silence, SilenceKind};
use crate::cloud::{ApiError, BackendHostError, CloudConfigError};
use crate::connection::{LogError, VerdictError};
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
        Failure::usage(error.to_string())
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
        cause: None,
        summary,
        details,
        help,
        elsewhere: None,
        symptom: None,
        silence: None,
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
    // The line is there and says something that no connection info says.
    Cloud: LogError,
}

impl From<SiteError> for Failure {
    fn from(error: SiteError) -> Failure {
        Failure {
            cause: error.is_silent().then_some(Cause::SiteSilent),
            ..described(FailureKind::Cloud, error.summary(), error.details(), error.help())
        }
    }
}

impl From<ShellError> for Failure {
    fn from(error: ShellError) -> Failure {
        let silence = silence(&error);
        Failure {
            silence,
            ..described(FailureKind::Cloud, error.summary(), error.details(), error.help())
        }
    }
}

impl From<GuestError> for Failure {
    fn from(error: GuestError) -> Failure {
        let silence = match &error {
            GuestError::Unanswered { source, .. } => silence(source),
            _ => None,
        };
        Failure {
            silence,
            ..described(FailureKind::Cloud, error.summary(), error.details(), error.help())
        }
    }
}

/// Which machine was silent, and how, by the error of a command that was to run on it.
fn silence(error: &ShellError) -> Option<Box<Silence>> {
    let (place, kind) = match error {
        ShellError::TimedOut { place, .. } => (place, SilenceKind::CommandWaits),
        ShellError::ConnectionRefused { address: place }
        | ShellError::Unreachable { address: place, .. }
        | ShellError::HandshakeFailed { address: place, .. }
        | ShellError::Disconnected { place, .. }
        | ShellError::NotStarted { place, .. } => (place, SilenceKind::NoConnection),
        _ => return None,
    };
    // A place has the user before the address.
    let address = place.rsplit_once('@').map_or(place.as_str(), |(_, address)| address);
    Some(Box::new(Silence {
        address: address.to_owned(),
        kind,
    }))
}

impl Failure {
    /// A file or a folder that could not be read or written: a wrong path, or this machine failed.
    #[must_use]
    pub fn file(doing: impl fmt::Display, error: &io::Error) -> Failure {
        let kind = match error.kind() {
            ErrorKind::NotFound
            | ErrorKind::PermissionDenied
            | ErrorKind::AlreadyExists
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidData => FailureKind::Usage,
            _ => FailureKind::Harness,
        };
        Failure::new(kind, format!("{doing}: {error}"))
    }
}

impl From<VerdictError> for Failure {
    fn from(error: VerdictError) -> Failure {
        let kind = if error.is_about_the_connection() {
            FailureKind::Expectation
        } else {
            FailureKind::Harness
        };
        let cause = (kind == FailureKind::Expectation).then_some(Cause::WrongConnection);
        Failure {
            cause,
            ..described(kind, error.summary(), error.details(), error.help())
        }
    }
}
