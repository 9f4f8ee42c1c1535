//! The client of one cloud.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::ServiceKind;
use super::call::Call;
use super::config::CloudConfig;
use super::error::{ApiError, ApiErrorKind};
use super::identity::Session;
use super::transport::{Answer, ChangesUnderWay, RequestObserver};

/// Pages of one list after which something is wrong: Cinder's and Nova's have a thousand members each.
const MOST_PAGES: usize = 1000;

/// A cloud that the harness is logged in to. Clones share the login and may be used at the same time.
#[derive(Clone)]
pub struct Cloud {
    session: Arc<Session>,
}

impl Cloud {
    /// Logs in. The services' addresses are looked up in the catalog when they are first used; see
    /// [`endpoint`](Self::endpoint) to know before.
    ///
    /// # Errors
    /// Keystone cannot be reached, refuses the login or the project, or does not answer as a Keystone; a certificate file
    /// cannot be read.
    pub async fn connect(config: CloudConfig, observer: Arc<dyn RequestObserver>) -> Result<Self, ApiError> {
        Ok(Self {
            session: Arc::new(Session::open(config, observer).await?),
        })
    }

    /// The cloud's name in clouds.yaml, or `envvars`.
    pub fn name(&self) -> &str {
        &self.session.config().name
    }

    /// The id of the project that everything is made in.
    pub fn project_id(&self) -> &str {
        self.session.project_id()
    }

    /// The name of that project.
    pub fn project_name(&self) -> &str {
        self.session.project_name()
    }

    /// The id of who is logged in: key pairs belong to a user.
    pub fn user_id(&self) -> &str {
        self.session.user_id()
    }

    /// Who is logged in.
    pub fn user_name(&self) -> &str {
        self.session.user_name()
    }

    /// Where a service is: the address in the catalog, or what replaces it, with the API version that the harness uses.
    ///
    /// # Errors
    /// The catalog does not have the service, or has it in several regions of which none is chosen.
    pub fn endpoint(&self, service: ServiceKind) -> Result<Url, ApiError> {
        self.session.endpoint(service)
    }

    /// Tells whether a change has been sent whose answer is still to come.
    #[must_use]
    pub fn changes_under_way(&self) -> ChangesUnderWay {
        self.session.changes_under_way()
    }

    /// Makes a call whose answer is JSON.
    pub(super) async fn fetch<T: DeserializeOwned>(&self, call: Call) -> Result<T, ApiError> {
        self.session.call(call).await?.json()
    }

    /// Makes a call whose answer has nothing that matters but its success.
    pub(super) async fn perform(&self, call: Call) -> Result<Answer, ApiError> {
        self.session.call(call).await
    }

    /// Makes a call whose answer is JSON, if the thing exists.
    pub(super) async fn fetch_if_exists<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ApiError> {
        match self.fetch(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a list to its end, page by page.
    pub(super) async fn list<Item: DeserializeOwned>(
        &self,
        call: Call,
        collection: &str,
    ) -> Result<Vec<Item>, ApiError> {
        let mut items = Vec::new();
        let mut marker: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut page = call.clone();
            if let Some(marker) = &marker {
                page = page.query("marker", marker.clone());
            }
            let answer = self.session.call(page).await?;
            let listing = answer.listing(collection)?;
            items.extend(listing.items);
            match listing.next_marker {
                None => return Ok(items),
                next if next == marker => break,
                next => marker = next,
            }
        }
        // Half a list would pass for the whole: a volume that is not seen is not protected.
        let message = format!(
            "the list of {collection} of {} has no end: its pages repeat",
            call.service.project()
        );
        Err(ApiError::new(ApiErrorKind::Setup { message }))
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cloud")
            .field("config", self.session.config())
            .finish_non_exhaustive()
    }
}
