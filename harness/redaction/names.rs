//! The one table of names whose values are secret.

/// Whether the value of a member, setting, header or query parameter of this name is secret. Cinder's own masking looks for
/// `secret` and `password` only (oslo.utils' `strutils`), so its log shows keyrings.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "passw",
        "passphrase",
        "adminpass",
        "admin_pass",
        "secret",
        "keyring",
        "token",
        "dhchap",
        "cookie",
        "credential",
    ];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
        || matches!(name.as_str(), "key" | "pass" | "sig" | "signature" | "authorization")
        || ["_key", "-key", "_pass", "privatekey", "authkey"]
            .iter()
            .any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets_are_told_from_others() {
        for name in [
            "auth_password",
            "adminPass",
            "secret_uuid",
            "keyring",
            "X-Auth-Token",
            "private_key",
            "dhchap_key",
            "Set-Cookie",
            "key",
            "token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "key_name",
            "keypair",
            "passive",
            "compass",
            "auth_username",
            "hosts",
            "monkey",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
