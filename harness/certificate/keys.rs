//! Ed25519 keys in PEM, as `openssl genpkey -algorithm ed25519` writes them.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use secrecy::{ExposeSecret, SecretBox};
use sha2::{Digest, Sha256};

/// What stands before the 32 bytes of a private key: PKCS#8, version 1 (RFC 8410).
const PRIVATE: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// What stands before the 32 bytes of a public key: SubjectPublicKeyInfo (RFC 8410).
const PUBLIC: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const PRIVATE_LABEL: &str = "PRIVATE KEY";
const PUBLIC_LABEL: &str = "PUBLIC KEY";

/// A key that signs. Nothing shows it.
pub struct SecretKey(SecretBox<[u8; 32]>);

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SecretKey([secret])")
    }
}

/// A key that a signature is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It has no such block.
    #[error("it holds no block `-----BEGIN {0}-----`")]
    NoBlock(&'static str),
    /// It holds the other half.
    #[error("it holds a private key where a public one is expected")]
    Private,
    /// Another kind of key.
    #[error(
        "it holds no Ed25519 key: make one with `cinder-drill certify keygen`, or `openssl genpkey -algorithm ed25519`"
    )]
    NotEd25519,
}

impl SecretKey {
    /// A new key, from the operating system's random numbers.
    #[must_use]
    pub fn generate() -> SecretKey {
        SecretKey(SecretBox::new(Box::new(rand::random())))
    }

    /// Reads a key.
    ///
    /// # Errors
    /// It is none.
    pub fn from_pem(text: &str) -> Result<SecretKey, KeyError> {
        let bytes = block(text, PRIVATE_LABEL)?;
        let seed = bytes.strip_prefix(PRIVATE.as_slice()).ok_or(KeyError::NotEd25519)?;
        let seed: [u8; 32] = seed.try_into().map_err(|_| KeyError::NotEd25519)?;
        Ok(SecretKey(SecretBox::new(Box::new(seed))))
    }

    /// The key as a file, for nobody but its owner.
    #[must_use]
    pub fn to_pem(&self) -> SecretBox<str> {
        let bytes = [PRIVATE.as_slice(), self.0.expose_secret()].concat();
        SecretBox::from(pem(PRIVATE_LABEL, &bytes).into_boxed_str())
    }

    /// Its other half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.signing().verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing().sign(message).to_bytes()
    }

    fn signing(&self) -> SigningKey {
        SigningKey::from_bytes(self.0.expose_secret())
    }
}

impl PublicKey {
    /// Reads a key.
    ///
    /// # Errors
    /// It is none.
    pub fn from_pem(text: &str) -> Result<PublicKey, KeyError> {
        if block(text, PRIVATE_LABEL).is_ok() {
            return Err(KeyError::Private);
        }
        let bytes = block(text, PUBLIC_LABEL)?;
        let point = bytes.strip_prefix(PUBLIC.as_slice()).ok_or(KeyError::NotEd25519)?;
        let point: [u8; 32] = point.try_into().map_err(|_| KeyError::NotEd25519)?;
        VerifyingKey::from_bytes(&point)
            .map(PublicKey)
            .map_err(|_| KeyError::NotEd25519)
    }

    /// The key as a file.
    #[must_use]
    pub fn to_pem(self) -> String {
        pem(PUBLIC_LABEL, &self.der())
    }

    /// The SHA-256 of the key, by which a signature may name it. It is a hint, and proves nothing.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(self.der()))
    }

    /// Whether a signature is that of a message. Strictly: no key and no signature of small order counts.
    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = <[u8; 64]>::try_from(signature) else {
            return false;
        };
        self.0
            .verify_strict(message, &Signature::from_bytes(&signature))
            .is_ok()
    }

    fn der(&self) -> Vec<u8> {
        [PUBLIC.as_slice(), self.0.as_bytes()].concat()
    }
}

/// Bytes as lower-case digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pem(label: &str, bytes: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(bytes)
    )
}

fn block(text: &str, label: &'static str) -> Result<Vec<u8>, KeyError> {
    let after = text.split_once(&format!("-----BEGIN {label}-----"));
    let within = after.and_then(|(_, rest)| rest.split_once(&format!("-----END {label}-----")));
    let (base64, _) = within.ok_or(KeyError::NoBlock(label))?;
    let base64: String = base64.split_whitespace().collect();
    STANDARD.decode(base64).map_err(|_| KeyError::NotEd25519)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `openssl genpkey -algorithm ed25519`, and its `openssl pkey -pubout`: the first key of RFC 8032's test vectors.
    const OPENSSL: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
    const OPENSSL_PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn keys_are_those_of_openssl() {
        let key = SecretKey::from_pem(OPENSSL).expect("a key");
        assert_eq!(key.public().to_pem(), OPENSSL_PUBLIC);
        assert_eq!(PublicKey::from_pem(OPENSSL_PUBLIC), Ok(key.public()));
        assert_eq!(key.to_pem().expose_secret(), OPENSSL);
        assert!(!format!("{key:?}").contains("nWGx"));
    }

    #[test]
    fn what_is_no_key_says_why() {
        assert_eq!(PublicKey::from_pem("nothing"), Err(KeyError::NoBlock(PUBLIC_LABEL)));
        assert_eq!(PublicKey::from_pem(OPENSSL), Err(KeyError::Private));
        let rsa = OPENSSL_PUBLIC.replace("MCowBQYDK2Vw", "MCowBQYDK2Vx");
        assert_eq!(PublicKey::from_pem(&rsa), Err(KeyError::NotEd25519));
        assert_eq!(
            SecretKey::from_pem(OPENSSL_PUBLIC).unwrap_err(),
            KeyError::NoBlock(PRIVATE_LABEL)
        );
    }

    #[test]
    fn two_keys_are_two() {
        let (one, other) = (SecretKey::generate(), SecretKey::generate());
        assert_ne!(one.public(), other.public());
        let signature = one.sign(b"message");
        assert!(one.public().has_signed(b"message", &signature));
        assert!(!other.public().has_signed(b"message", &signature) && !one.public().has_signed(b"massage", &signature));
        assert!(!one.public().has_signed(b"message", &signature[..63]));
    }
}
