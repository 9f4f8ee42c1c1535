//! The client of one cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use reqwest::Url;
use serde::de::DeserializeOwned;

use super::ServiceKind;
use super::call::Call;
use super::config::CloudConfig;
use super::error::{ApiError, ApiErrorKind};
use super::identity::Session;
use super::transport::{Answer, ChangesUnderWay, Query, RequestObserver, merged};

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

    /// The version of simcloud, if the cloud is one, embedded or served: what is seen of it says nothing about storage.
    pub fn stand_in(&self) -> Option<&str> {
        self.session.stand_in()
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

    /// Makes a call, once if it is a change, and answers with the status whatever that is: for who looks at how a cloud refuses.
    ///
    /// # Errors
    /// No answer came.
    pub async fn status_of(&self, call: Call) -> Result<u16, ApiError> {
        match self.perform(call).await {
            Ok(answer) => Ok(answer.status.as_u16()),
            Err(error) => match error.kind() {
                ApiErrorKind::Answered { status, .. } => Ok(*status),
                _ => Err(error),
            },
        }
    }

    /// Makes a change that must never reach the service twice, whatever comes of it.
    pub(super) async fn perform_once(&self, call: Call) -> Result<Answer, ApiError> {
        self.session.call_once(call).await
    }

    /// Makes a call whose answer is JSON, if the thing exists.
    pub(super) async fn fetch_if_exists<T: DeserializeOwned>(&self, call: Call) -> Result<Option<T>, ApiError> {
        match self.fetch(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Reads a list to its end, page by page. A member that is on two pages, since others came or went meanwhile, is taken
    /// once, as the later page has it.
    pub(super) async fn list<Item: DeserializeOwned>(
        &self,
        call: Call,
        collection: &str,
    ) -> Result<Vec<Item>, ApiError> {
        let mut items: Vec<Item> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut asked: BTreeSet<Query> = BTreeSet::from([call.query.clone()]);
        let mut page = call.clone();
        loop {
            let answer = self.session.call(page).await?;
            let listing = answer.listing(collection)?;
            for (id, item) in listing.items {
                match id.as_ref().and_then(|id| places.get(id)) {
                    Some(place) => items[*place] = item,
                    None => {
                        places.extend(id.map(|id| (id, items.len())));
                        items.push(item);
                    }
                }
            }
            let Some(next) = listing.next else { return Ok(items) };
            let query = merged(&call.query, &next);
            // Half a list would pass for the whole: a volume that is not seen is not protected.
            if asked.len() >= MOST_PAGES || !asked.insert(query.clone()) {
                let why = format!("it has no end: its pages repeat after {} of them", asked.len());
                return Err(answer.error(ApiErrorKind::ListIncomplete {
                    collection: collection.to_owned(),
                    why,
                }));
            }
            page = Call { query, ..call.clone() };
        }
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
