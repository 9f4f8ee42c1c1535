//! Sets up reqwest.

use std::net::IpAddr;
use std::path::Path;
use std::sync::LazyLock;

use native_tls::TlsConnector;
use reqwest::{Certificate, Client, ClientBuilder, Identity, Url};

use crate::cloud::config::{CloudConfig, Verification};
use crate::cloud::error::{ApiError, ApiErrorKind};

/// What trusts the system's certificates, which take 10 ms to read: all clients share one. It is as reqwest makes its own.
static SYSTEM: LazyLock<Result<TlsConnector, String>> =
    LazyLock::new(|| TlsConnector::new().map_err(|error| format!("cannot set up TLS: {error}")));

/// The clients for reads and for changes.
pub(super) fn both(config: &CloudConfig) -> Result<(Client, Client), ApiError> {
    #[cfg(test)]
    if let Some(unused) = super::in_process::client() {
        return Ok((unused.clone(), unused));
    }
    Ok((for_reads(config)?, for_changes(config)?))
}

/// The client for reads, which keeps connections open between requests.
fn for_reads(config: &CloudConfig) -> Result<Client, ApiError> {
    build(builder(config)?)
}

/// The client for changes, which makes a connection for each.
///
/// A server may close a kept connection in the moment in which the client writes to it, and then it is not known whether the
/// request arrived. Reads are simply repeated; a change would end the run with an unknown outcome, to save one handshake.
fn for_changes(config: &CloudConfig) -> Result<Client, ApiError> {
    build(builder(config)?.pool_max_idle_per_host(0))
}

fn build(builder: ClientBuilder) -> Result<Client, ApiError> {
    builder.build().map_err(|error| {
        setup(format!(
            "cannot set up the HTTP client: {}",
            super::failure::words(&error)
        ))
    })
}

fn setup(message: String) -> ApiError {
    ApiError::new(ApiErrorKind::Setup { message })
}

fn builder(config: &CloudConfig) -> Result<ClientBuilder, ApiError> {
    let mut builder = Client::builder()
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        // A redirect would carry the token, and a change, to wherever it points.
        .redirect(reqwest::redirect::Policy::none())
        // Retries are ours: reqwest must not send anything again on its own.
        .retry(reqwest::retry::never())
        .tcp_nodelay(true)
        .connect_timeout(config.timeouts.connect);
    if is_loopback(&config.auth_url) {
        // A proxy cannot reach this machine's loopback, and `no_proxy` often does not name every 127.x.y.z.
        builder = builder.no_proxy();
    }
    builder = match &config.tls.verification {
        Verification::System if config.tls.client_certificate.is_none() => {
            let shared = SYSTEM.as_ref().map_err(|error| setup(error.clone()))?;
            builder.tls_backend_preconfigured(shared.clone())
        }
        Verification::System => builder,
        Verification::Off => builder
            .tls_danger_accept_invalid_certs(true)
            .tls_danger_accept_invalid_hostnames(true),
        Verification::Bundle(path) => {
            let bundle = Certificate::from_pem_bundle(&read(path)?)
                .map_err(|error| setup(format!("cacert {}: {}", path.display(), super::failure::words(&error))))?;
            if bundle.is_empty() {
                return Err(setup(format!("cacert {}: it contains no certificate", path.display())));
            }
            builder.tls_certs_only(bundle)
        }
    };
    if let Some((certificate, key)) = &config.tls.client_certificate {
        let identity = Identity::from_pkcs8_pem(&read(certificate)?, &read(key)?).map_err(|error| {
            setup(format!(
                "client certificate {} with key {} (PKCS #8 PEM): {}",
                certificate.display(),
                key.display(),
                super::failure::words(&error)
            ))
        })?;
        builder = builder.identity(identity);
    }
    Ok(builder)
}

fn read(path: &Path) -> Result<Vec<u8>, ApiError> {
    std::fs::read(path).map_err(|error| setup(format!("cannot read {}: {error}", path.display())))
}

fn is_loopback(url: &Url) -> bool {
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_start_matches('[')
        .trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
