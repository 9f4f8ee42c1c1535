//! A login that lasts as long as a run.

use std::sync::Arc;
use std::time::Instant;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{StatusCode, Url};
use secrecy::SecretString;
use tokio::sync::{OnceCell, RwLock};

use super::catalog;
use super::login::login;
use super::token::TokenBody;
use crate::cloud::ServiceKind;
use crate::cloud::call::Call;
use crate::cloud::config::CloudConfig;
use crate::cloud::error::{ApiError, ApiErrorKind};
use crate::cloud::microversion::{self, Microversion};
use crate::cloud::transport::{Answer, ChangesUnderWay, Request, RequestObserver, Transport};

/// How many tokens a request is sent with before the service is taken to refuse them all. Many callers ask at once, and each
/// may hit a node of Keystone, or of the service, that does not know the newest one yet.
const MOST_TOKENS: u32 = 8;

/// A token, and the how-manieth it is, so of many callers whose token expired one renews it.
#[derive(Clone)]
struct Token {
    secret: SecretString,
    generation: u64,
}

/// Sends calls with a token, renews it when it has expired, and knows where the services are.
pub(crate) struct Session {
    transport: Transport,
    config: CloudConfig,
    token: RwLock<Token>,
    /// What Keystone said at the first login. Renewals keep it: the services do not move during a run.
    login: TokenBody,
    block_storage_version: OnceCell<Option<Microversion>>,
    compute_version: OnceCell<Option<Microversion>>,
}

impl Session {
    pub(crate) async fn open(config: CloudConfig, observer: Arc<dyn RequestObserver>) -> Result<Self, ApiError> {
        let transport = Transport::new(&config, observer)?;
        let (secret, body) = login(&transport, &config, false).await?;
        Ok(Self {
            transport,
            config,
            token: RwLock::new(Token { secret, generation: 0 }),
            login: body,
            block_storage_version: OnceCell::new(),
            compute_version: OnceCell::new(),
        })
    }

    pub(crate) fn changes_under_way(&self) -> ChangesUnderWay {
        self.transport.changes_under_way()
    }

    pub(crate) fn config(&self) -> &CloudConfig {
        &self.config
    }

    pub(crate) fn project_id(&self) -> &str {
        &self.login.project.id
    }

    pub(crate) fn project_name(&self) -> &str {
        &self.login.project.name
    }

    pub(crate) fn user_id(&self) -> &str {
        &self.login.user.id
    }

    pub(crate) fn user_name(&self) -> &str {
        &self.login.user.name
    }

    /// The version of simcloud, if the cloud is one.
    pub(crate) fn stand_in(&self) -> Option<&str> {
        self.login.stand_in.as_deref()
    }

    pub(crate) fn endpoint(&self, service: ServiceKind) -> Result<Url, ApiError> {
        catalog::endpoint(&self.login.catalog, service, &self.config, self.project_id())
    }

    /// Makes a call and gives its answer, which is a success.
    pub(crate) async fn call(&self, call: Call) -> Result<Answer, ApiError> {
        let request = self.request(call).await?;
        self.send(request).await?.success()
    }

    /// Makes a change that must never reach the service twice: it goes with a new token, if there is one, so it is not refused
    /// for an old one, and a 401 is for the caller to judge, who can look whether anything came of it.
    pub(crate) async fn call_once(&self, call: Call) -> Result<Answer, ApiError> {
        let request = self.request(call).await?;
        let generation = self.token.read().await.generation;
        let token = match self.renew(generation).await {
            Ok(token) => token,
            // Keystone is away for a moment. The token is valid until it is refused.
            Err(_) => self.token.read().await.clone(),
        };
        self.transport.send(&request, Some(&token.secret), 0).await?.success()
    }

    /// A call with its address and its microversion.
    async fn request(&self, call: Call) -> Result<Request, ApiError> {
        let mut url = self.endpoint(call.service)?;
        let segments: Vec<&str> = call.path.iter().map(String::as_str).collect();
        url = catalog::with_path(url, &segments);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut headers = Vec::new();
        if let Some(wanted) = call.version {
            let version = wanted.within(self.offered(call.service).await?, call.service)?;
            headers.push(version_header(call.service, version)?);
        }
        Ok(Request {
            service: call.service,
            method: call.method,
            url,
            headers,
            body: call.body,
            changes: call.changes,
        })
    }

    /// Sends a request, with a new token after each that is refused: tokens are revoked at any moment, and a fresh one may be
    /// refused, too, for as long as the services' caches and Keystone's nodes do not agree on it.
    async fn send(&self, request: Request) -> Result<Answer, ApiError> {
        let began = Instant::now();
        let mut token = self.token.read().await.clone();
        let (mut refusals, mut attempts) = (0, 0);
        loop {
            let answer = self.transport.send(&request, Some(&token.secret), attempts).await?;
            // A 401 of keystonemiddleware, which stands before the service: the service has not seen the request, so nothing
            // was done, and even a change may be sent again. This is the only case in which one is. What any other says, a
            // proxy's or a page's, says nothing about the outcome of a change.
            if answer.status != StatusCode::UNAUTHORIZED || request.changes && !answer.is_keystones() {
                return Ok(answer);
            }
            refusals += 1;
            let like = refusals.min(self.config.retry.attempts.saturating_sub(1));
            let pause = self.config.retry.delay(like, began.elapsed(), None, rand::random());
            let Some(pause) = pause.filter(|_| refusals < MOST_TOKENS) else {
                return Err(answer.error(ApiErrorKind::TokenRefused {
                    message: answer.message(),
                }));
            };
            // The first to be refused is an old one.
            if refusals > 1 {
                tokio::time::sleep(pause).await;
            }
            attempts = answer.attempts;
            token = self.renew(token.generation).await?;
        }
    }

    /// Replaces the token of a generation that was refused, unless another caller has done so already.
    async fn renew(&self, refused: u64) -> Result<Token, ApiError> {
        let mut token = self.token.write().await;
        if token.generation == refused {
            let (secret, _) = login(&self.transport, &self.config, true).await?;
            *token = Token {
                secret,
                generation: refused + 1,
            };
        }
        Ok(token.clone())
    }

    /// The highest microversion of a service, asked once; nothing where the service does not say, as behind proxies that let
    /// only the API itself through.
    async fn offered(&self, service: ServiceKind) -> Result<Option<Microversion>, ApiError> {
        let cell = match service {
            ServiceKind::BlockStorage => &self.block_storage_version,
            ServiceKind::Compute => &self.compute_version,
            ServiceKind::Identity | ServiceKind::Image | ServiceKind::Network => return Ok(None),
        };
        cell.get_or_try_init(|| self.ask_version(service)).await.copied()
    }

    async fn ask_version(&self, service: ServiceKind) -> Result<Option<Microversion>, ApiError> {
        let Some(url) = crate::cloud::version_path::version_root(&self.endpoint(service)?) else {
            return Ok(None);
        };
        let request = Request {
            service,
            method: reqwest::Method::GET,
            url,
            headers: Vec::new(),
            body: None,
            changes: false,
        };
        let answer = self.send(request).await?;
        // A broken service is not one without microversions: a guess would be remembered for the whole run.
        if answer.status.is_server_error() {
            return answer.success().map(|_| None);
        }
        // Cinder's list of versions comes with 300 where the address is its root.
        if !answer.status.is_success() && answer.status != StatusCode::MULTIPLE_CHOICES {
            return Ok(None);
        }
        Ok(serde_json::from_slice(&answer.body)
            .ok()
            .as_ref()
            .and_then(microversion::highest))
    }
}

fn version_header(service: ServiceKind, version: Microversion) -> Result<(HeaderName, HeaderValue), ApiError> {
    let service = if service == ServiceKind::BlockStorage {
        "volume"
    } else {
        service.as_str()
    };
    let value = HeaderValue::from_str(&format!("{service} {version}")).map_err(|error| {
        ApiError::new(ApiErrorKind::Setup {
            message: error.to_string(),
        })
    })?;
    Ok((HeaderName::from_static("openstack-api-version"), value))
}
