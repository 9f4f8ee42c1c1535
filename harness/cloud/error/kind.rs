//! The cases of [`ApiError`](super::ApiError).

use std::time::Duration;

use crate::cloud::ServiceKind;
use crate::cloud::config::Interface;

/// Why no connection came about. In each case the service has not seen the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreachable {
    /// Nothing listens at the address.
    Refused,
    /// The host's name has no address.
    NameUnknown,
    /// Nothing answered the attempt to connect.
    NoReply,
    /// The other side does not speak TLS, although the address says `https`.
    NotTls,
    /// Anything else.
    Other,
}

/// How the answer to a request that changes something got lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LostAnswer {
    /// None came within the time that the harness waits.
    TimedOut {
        /// How long it waited.
        after: Duration,
    },
    /// The connection broke first; the text is the transport's.
    Broken(String),
}

/// What a service has answered to reads since the login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// How many answers with a success.
    pub answers: usize,
    /// How many of them were whole: one JSON object each.
    pub whole: usize,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// No connection to the service.
    Unreachable {
        /// What prevented it.
        cause: Unreachable,
        /// The transport's own words.
        message: String,
    },
    /// The service's TLS certificate is not one that this machine trusts.
    CertificateNotTrusted {
        /// OpenSSL's own words.
        message: String,
    },
    /// A read was not answered in time.
    TimedOut {
        /// How long the last attempt waited.
        after: Duration,
    },
    /// The connection of a read broke before or in the middle of the answer.
    Interrupted {
        /// The transport's own words.
        message: String,
    },
    /// A change was sent, and its answer never came: whether it was done is unknown.
    AnswerLost(LostAnswer),
    /// The service answered with a status that is not a success.
    Answered {
        /// The HTTP status.
        status: u16,
        /// The message in the body, where the service gave one.
        message: Option<String>,
        /// What a `Retry-After` header requested.
        retry_after: Option<Duration>,
        /// Where a redirect points.
        location: Option<String>,
        /// Whether the service itself gave it, by the form of its errors and its request id, and not a proxy before it. Of a
        /// 401: whether keystonemiddleware did.
        by_service: bool,
    },
    /// The service answered with success, and the body is not JSON.
    NotJson {
        /// The HTTP status.
        status: u16,
        /// The `Content-Type`, where there was one.
        content_type: Option<String>,
        /// The first characters of the body, secrets masked.
        beginning: String,
        /// What the JSON parser stumbled over.
        message: String,
        /// What the service had answered by then.
        heard: Heard,
    },
    /// The service answered with JSON of another shape than its API has.
    WrongShape {
        /// The HTTP status.
        status: u16,
        /// The place in the body, such as `volume.size`.
        path: String,
        /// What was expected there.
        message: String,
        /// The first characters of the body, secrets masked.
        beginning: String,
        /// What the service had answered by then.
        heard: Heard,
    },
    /// A list that the service does not give whole.
    ListIncomplete {
        /// The list, such as `volumes`.
        collection: String,
        /// What shows that it is not whole, as half a sentence.
        why: String,
    },
    /// The body is longer than the harness reads.
    TooLarge {
        /// The longest body that is read, in bytes.
        limit: usize,
    },
    /// Keystone does not know the user, or the password or secret is wrong.
    LoginRefused {
        /// Keystone's message.
        message: Option<String>,
        /// Who tried to log in.
        login: String,
        /// Whether this was a renewal: the same credential had worked before.
        renewal: bool,
    },
    /// User and password are right, and the project is not one of the user's.
    ProjectRefused {
        /// The project that was requested.
        project: String,
        /// The user's projects, where Keystone lists them.
        projects: Vec<String>,
        /// Keystone's message.
        message: Option<String>,
    },
    /// A service refuses tokens, fresh ones too.
    TokenRefused {
        /// The service's message.
        message: Option<String>,
    },
    /// The catalog has no endpoint for a service.
    ServiceMissing {
        /// The service.
        service: ServiceKind,
        /// The region that was requested.
        region: Option<String>,
        /// The interface that was requested.
        interface: Interface,
        /// What the catalog has, a line each: `volumev3 RegionOne public`.
        catalog: Vec<String>,
    },
    /// The service is in several regions and the configuration chooses none.
    RegionNotChosen {
        /// The service.
        service: ServiceKind,
        /// Its regions.
        regions: Vec<String>,
    },
    /// The service does not offer the microversion that a call needs.
    VersionNotOffered {
        /// The service.
        service: ServiceKind,
        /// The lowest microversion that would do.
        needed: String,
        /// The highest that the service offers.
        offered: String,
    },
    /// Nothing has this name or id.
    NoSuchName {
        /// What was looked for, such as `image`.
        what: &'static str,
        /// The name or id.
        wanted: String,
        /// The names that there are.
        available: Vec<String>,
    },
    /// Several have this name.
    NotUnique {
        /// What was looked for, such as `image`.
        what: &'static str,
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// The service leaves out what only an administrator may see.
    AttributeHidden {
        /// The attribute, as in the API.
        attribute: &'static str,
        /// What it belongs to, such as `volume 1234`.
        of: String,
    },
    /// The client could not be set up: a certificate file that cannot be read, an address that is not one.
    Setup {
        /// What is wrong with what.
        message: String,
    },
}
