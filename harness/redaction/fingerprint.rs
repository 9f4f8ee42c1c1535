//! What is shown in the place of a secret.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// Random for each process, so passwords cannot be tried against a fingerprint. In tests it is fixed.
static SALT: LazyLock<[u8; 16]> = LazyLock::new(|| if cfg!(test) { [0; 16] } else { rand::random() });

/// The replacement of a secret: `[secret 1a2b3c]`. Within one run the same secret has the same fingerprint, so two can be
/// distinguished; it says nothing about the secret itself, and nothing across runs.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::new().chain_update(*SALT).chain_update(secret).finalize();
    format!("[secret {:02x}{:02x}{:02x}]", digest[0], digest[1], digest[2])
}

/// Whether a text is what stands in the place of a secret, ours or another program's, or says that there is none.
pub(super) fn is_mask(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'', '\\']);
    text.starts_with("[secret") || matches!(text, "***" | "<token>" | "<secret>" | "null" | "None")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_secrets_are_told_apart_and_neither_is_shown() {
        let (one, other) = (fingerprint("hunter2hunter2"), fingerprint("hunter3hunter3"));
        assert_ne!(one, other);
        assert_eq!(one, fingerprint("hunter2hunter2"));
        assert!(one.len() == "[secret 1a2b3c]".len() && is_mask(&one), "{one}");
    }
}
