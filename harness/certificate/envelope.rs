//! DSSE: bytes, their type, and signatures over both (secure-systems-lab/dsse, protocol.md and envelope.md, v1.0.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::keys::{PublicKey, SecretKey};

/// The type of an in-toto statement.
pub const IN_TOTO: &str = "application/vnd.in-toto+json";

/// Bytes that somebody has signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// What the bytes are.
    pub payload_type: String,
    /// The bytes, in base64.
    pub payload: String,
    /// Who has signed them.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeSignature {
    /// A hint at the key; it is not signed.
    #[serde(default)]
    pub keyid: String,
    /// The signature, in base64.
    pub sig: String,
}

impl Envelope {
    /// An envelope that nobody has signed yet.
    #[must_use]
    pub fn new(payload: &[u8]) -> Envelope {
        Envelope {
            payload_type: IN_TOTO.to_owned(),
            payload: STANDARD.encode(payload),
            signatures: Vec::new(),
        }
    }

    /// Adds a signature, in place of an earlier one by the same key.
    ///
    /// # Errors
    /// The payload is no base64.
    pub fn sign(&mut self, key: &SecretKey) -> Result<(), base64::DecodeError> {
        let message = self.message(&self.bytes()?);
        let keyid = key.public().id();
        self.signatures.retain(|signature| signature.keyid != keyid);
        self.signatures.push(EnvelopeSignature {
            keyid,
            sig: STANDARD.encode(key.sign(&message)),
        });
        Ok(())
    }

    /// The bytes.
    ///
    /// # Errors
    /// The payload is no base64.
    pub fn bytes(&self) -> Result<Vec<u8>, base64::DecodeError> {
        STANDARD.decode(&self.payload)
    }

    /// Whether one of the signatures is that of a key, whichever it says that it is.
    #[must_use]
    pub fn is_signed_by(&self, key: &PublicKey, bytes: &[u8]) -> bool {
        let message = self.message(bytes);
        let signatures = self.signatures.iter();
        signatures
            .filter_map(|signature| STANDARD.decode(&signature.sig).ok())
            .any(|signature| key.has_signed(&message, &signature))
    }

    /// What is signed: the type and the bytes, each with its length (DSSE's pre-authentication encoding).
    fn message(&self, bytes: &[u8]) -> Vec<u8> {
        let kind = &self.payload_type;
        let mut message = format!("DSSEv1 {} {kind} {} ", kind.len(), bytes.len()).into_bytes();
        message.extend_from_slice(bytes);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_is_that_of_the_specification() {
        let envelope = Envelope {
            payload_type: "http://example.com/HelloWorld".to_owned(),
            ..Envelope::new(b"hello world")
        };
        assert_eq!(
            envelope.message(b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    #[test]
    fn several_may_sign_and_each_once() {
        let mut envelope = Envelope::new(b"{}");
        let (vendor, witness) = (SecretKey::generate(), SecretKey::generate());
        for key in [&vendor, &witness, &vendor] {
            envelope.sign(key).expect("base64");
        }
        assert_eq!(envelope.signatures.len(), 2);
        assert!(envelope.is_signed_by(&vendor.public(), b"{}") && envelope.is_signed_by(&witness.public(), b"{}"));
        assert!(!envelope.is_signed_by(&SecretKey::generate().public(), b"{}"));
    }
}
