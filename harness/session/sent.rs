//! A failover or failback that was sent, and what is known of it: done, refused or unknown.

use tokio::time::Instant;

use crate::cloud::ApiError;
use crate::names::SiteName;

/// A failover or failback that was sent, unless the service refused it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// When.
    pub at: Instant,
    /// The site that was requested: the primary for a failback.
    pub to: SiteName,
    /// What came back.
    pub answer: Answer,
    /// Whether the backend was seen in another state since. Until then it may still begin: neither a 202 nor a time-out
    /// says whether cinder-volume has taken the message.
    pub seen: bool,
}

/// What came back of a failover or failback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 202.
    Accepted,
    /// Nothing that the service itself has said: a time-out, a proxy's page.
    Lost,
    /// The service refused it, and the backend moved all the same: a proxy had sent it twice, or another user was faster.
    /// Whose movement it is cannot be known.
    Disputed,
}

/// What an answer to a change means.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The service took it.
    Accepted,
    /// It may have been done.
    Unknown(ApiError),
    /// It was not done: the service refused it, or it was never sent.
    NotDone(ApiError),
}

impl From<Result<(), ApiError>> for Outcome {
    fn from(answer: Result<(), ApiError>) -> Outcome {
        match answer {
            Ok(()) => Outcome::Accepted,
            Err(error) if error.outcome_unknown() => Outcome::Unknown(error),
            Err(error) => Outcome::NotDone(error),
        }
    }
}

impl Sent {
    /// A request that is on its way: until an answer comes, it is lost.
    #[must_use]
    pub fn now(to: SiteName) -> Sent {
        Sent {
            at: Instant::now(),
            to,
            answer: Answer::Lost,
            seen: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{ApiErrorKind, Asked, LostAnswer, ServiceKind};

    fn outcome(kind: ApiErrorKind) -> Outcome {
        let asked = Asked {
            service: ServiceKind::BlockStorage,
            method: "PUT".to_owned(),
            url: "http://cloud/v3/os-services/failover_host".to_owned(),
            changes: true,
        };
        Outcome::from(Err(ApiError::about(asked, kind, Some("req-1".to_owned()), 1)))
    }

    fn answered(status: u16, by_service: bool) -> Outcome {
        outcome(ApiErrorKind::Answered {
            status,
            message: None,
            retry_after: None,
            location: None,
            by_service,
        })
    }

    #[test]
    fn only_the_services_own_refusal_says_that_nothing_was_done() {
        assert!(matches!(Outcome::from(Ok(())), Outcome::Accepted));
        assert!(matches!(answered(400, true), Outcome::NotDone(_)));
        for (status, by_service) in [(400, false), (404, false), (504, false), (500, true)] {
            assert!(matches!(answered(status, by_service), Outcome::Unknown(_)), "{status}");
        }
        let broken = ApiErrorKind::AnswerLost(LostAnswer::Broken("reset".to_owned()));
        assert!(matches!(outcome(broken), Outcome::Unknown(_)));
    }
}
