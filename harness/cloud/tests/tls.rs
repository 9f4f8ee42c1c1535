//! Certificates that are trusted, and that are not.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use openssl::asn1::Asn1Time;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509Name};

use super::error_words::assert_words;
use super::fake_cloud::{FakeCloud, Records, config};
use crate::cloud::config::Verification;
use crate::cloud::{ApiError, ApiErrorKind, Cloud, CloudConfig, Unreachable};

/// A key and a certificate for it that it signed itself, for 127.0.0.1.
fn self_signed() -> (PKey<Private>, X509) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509Name::builder().unwrap();
    name.append_entry_by_text("CN", "a test").unwrap();
    let name = name.build();
    let mut certificate = X509::builder().unwrap();
    certificate.set_version(2).unwrap();
    certificate.set_subject_name(&name).unwrap();
    certificate.set_issuer_name(&name).unwrap();
    certificate.set_pubkey(&key).unwrap();
    certificate
        .set_not_before(&Asn1Time::days_from_now(0).unwrap())
        .unwrap();
    certificate.set_not_after(&Asn1Time::days_from_now(1).unwrap()).unwrap();
    let names = SubjectAlternativeName::new()
        .ip("127.0.0.1")
        .build(&certificate.x509v3_context(None, None))
        .unwrap();
    certificate.append_extension(names).unwrap();
    certificate.sign(&key, MessageDigest::sha256()).unwrap();
    (key, certificate.build())
}

/// A TLS server that answers every request with 418.
fn serve_tls(key: &PKey<Private>, certificate: &X509) -> SocketAddr {
    use std::io::{Read, Write};
    let mut acceptor = SslAcceptor::mozilla_intermediate(SslMethod::tls()).unwrap();
    acceptor.set_private_key(key).unwrap();
    acceptor.set_certificate(certificate).unwrap();
    let acceptor = acceptor.build();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Ok(mut stream) = acceptor.accept(stream) {
                let mut buffer = [0; 8192];
                if stream.read(&mut buffer).is_ok_and(|length| length > 0) {
                    let answer = "HTTP/1.1 418 I'm a teapot\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                    // A client that is gone already needs no answer.
                    let _ = stream.write_all(answer.as_bytes());
                }
            }
        }
    });
    address
}

async fn connect_error(config: CloudConfig) -> ApiError {
    Cloud::connect(config, Arc::new(Records::default())).await.unwrap_err()
}

#[tokio::test]
async fn a_certificate_is_trusted_only_when_someone_says_so() {
    let (key, certificate) = self_signed();
    let address = serve_tls(&key, &certificate);
    let mut config = config(&format!("https://{address}/v3/"));
    assert_words("certificate-not-trusted", &connect_error(config.clone()).await);

    config.tls.verification = Verification::Off;
    assert_eq!(
        connect_error(config.clone()).await.status(),
        Some(418),
        "the connection was made"
    );

    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("ca.pem");
    std::fs::write(&bundle, certificate.to_pem().unwrap()).unwrap();
    config.tls.verification = Verification::Bundle(bundle.clone());
    assert_eq!(
        connect_error(config.clone()).await.status(),
        Some(418),
        "the connection was made"
    );

    let (_, other) = self_signed();
    std::fs::write(&bundle, other.to_pem().unwrap()).unwrap();
    let error = connect_error(config).await;
    assert!(
        matches!(error.kind(), ApiErrorKind::CertificateNotTrusted { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_bundle_that_is_none() {
    let mut config = config("https://127.0.0.1:1/v3/");
    config.tls.verification = Verification::Bundle(PathBuf::from("/nonexistent/ca.pem"));
    let error = connect_error(config.clone()).await;
    assert!(
        error.summary().starts_with("cannot read /nonexistent/ca.pem"),
        "{error}"
    );
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("ca.pem");
    std::fs::write(&empty, "not a certificate").unwrap();
    config.tls.verification = Verification::Bundle(empty);
    let error = connect_error(config).await;
    assert!(error.summary().ends_with("it contains no certificate"), "{error}");
}

#[tokio::test]
async fn tls_is_spoken_to_a_server_without() {
    let fake = FakeCloud::start(|_| None).await;
    let error = connect_error(config(&format!("{}/v3/", fake.url.replace("http:", "https:")))).await;
    let not_tls = matches!(
        error.kind(),
        ApiErrorKind::Unreachable {
            cause: Unreachable::NotTls,
            ..
        }
    );
    assert!(not_tls, "{error:?}");
    assert_eq!(error.help().as_deref(), Some("write http:// if the service has no TLS"));
}
