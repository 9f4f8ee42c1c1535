//! Addresses of monitors, in the many forms in which Ceph writes them.

/// The hosts of a `mon_host` or of monitors' addresses, without messengers' versions, ports and nonces, each once:
/// `[v2:192.0.2.11:3300/0,v1:192.0.2.11:6789/0] 192.0.2.12:6789` is `192.0.2.11` and `192.0.2.12`.
#[must_use]
pub(crate) fn hosts(text: &str) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for word in text.split([',', ' ', ';', '\t', '\n']) {
        let host = host(word);
        if !host.is_empty() && !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    }
    hosts
}

fn host(word: &str) -> &str {
    let word = word.trim();
    // The brackets around a monitor's several addresses, unless they are those of one IPv6 address.
    let word = word
        .strip_prefix("[v1:")
        .or_else(|| word.strip_prefix("[v2:"))
        .or_else(|| word.strip_prefix("v1:"))
        .or_else(|| word.strip_prefix("v2:"))
        .or_else(|| word.strip_prefix("any:"))
        .unwrap_or(word);
    let word = word.split('/').next().unwrap_or_default();
    if let Some(rest) = word.strip_prefix('[') {
        return rest.split(']').next().unwrap_or_default();
    }
    let word = word.trim_end_matches(']');
    match word.rsplit_once(':') {
        // Two colons and no brackets: an IPv6 address without a port.
        Some((host, _)) if host.contains(':') => word,
        Some((host, _)) => host,
        None => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_address_is_read() {
        for (text, expected) in [
            ("192.0.2.11", vec!["192.0.2.11"]),
            ("192.0.2.11:6789/0", vec!["192.0.2.11"]),
            ("[v2:192.0.2.11:3300/0,v1:192.0.2.11:6789/0]", vec!["192.0.2.11"]),
            (
                "[v2:192.0.2.11:3300/0,v1:192.0.2.11:6789/0] [v2:192.0.2.12:3300/0,v1:192.0.2.12:6789/0]",
                vec!["192.0.2.11", "192.0.2.12"],
            ),
            ("v2:[fd00::1]:3300/0,v1:[fd00::1]:6789/0", vec!["fd00::1"]),
            ("[v2:[fd00::1]:3300/0,v1:[fd00::1]:6789/0]", vec!["fd00::1"]),
            ("[fd00::1]:6789,fd00::2", vec!["fd00::1", "fd00::2"]),
            ("mon-a.example.org:6789; mon-b", vec!["mon-a.example.org", "mon-b"]),
            ("", vec![]),
        ] {
            assert_eq!(hosts(text), expected, "{text}");
        }
    }
}
