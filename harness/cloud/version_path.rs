//! The version in a service's address.

use reqwest::Url;

/// Whether a segment of a path is an API version: `v3`, `v2.1`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|number| {
        number.starts_with(|digit: char| digit.is_ascii_digit())
            && number
                .chars()
                .all(|character| character.is_ascii_digit() || character == '.')
    })
}

/// The address with `version` at its end where it has no version, and a final `/`, so paths can be joined to it.
///
/// With `replace`, another version that it has is replaced (an old `auth_url` may end in `/v2.0`) and what follows it is
/// dropped.
pub(crate) fn with_version(url: &Url, version: &str, replace: bool) -> Url {
    let mut segments: Vec<String> = segments(url);
    match segments.iter().position(|segment| is_version(segment)) {
        Some(at) if replace => {
            segments.truncate(at);
            segments.push(version.to_owned());
        }
        Some(_) => {}
        None => segments.push(version.to_owned()),
    }
    with_segments(url, &segments)
}

/// Whether the address names an API version.
pub(crate) fn has_version(url: &Url) -> bool {
    segments(url).iter().any(|segment| is_version(segment))
}

/// The address up to and with its version: where the service lists its microversions. Nothing where it has no version.
pub(crate) fn version_root(url: &Url) -> Option<Url> {
    let mut segments = segments(url);
    let at = segments.iter().position(|segment| is_version(segment))?;
    segments.truncate(at + 1);
    Some(with_segments(url, &segments))
}

fn segments(url: &Url) -> Vec<String> {
    url.path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(str::to_owned)
        .collect()
}

fn with_segments(url: &Url, segments: &[String]) -> Url {
    let mut changed = url.clone();
    let mut path = String::from("/");
    for segment in segments {
        path.push_str(segment);
        path.push('/');
    }
    changed.set_path(&path);
    changed.set_query(None);
    changed.set_fragment(None);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_version_is_added_where_there_is_none() {
        for (before, after) in [
            ("http://box:5000", "http://box:5000/v3/"),
            ("http://box:5000/", "http://box:5000/v3/"),
            ("http://box/identity", "http://box/identity/v3/"),
            ("http://box/identity/v3", "http://box/identity/v3/"),
            ("http://box:5000/v2.0/", "http://box:5000/v3/"),
            ("http://vault/secret", "http://vault/secret/v3/"),
        ] {
            assert_eq!(with_version(&url(before), "v3", true).as_str(), after);
        }
        assert_eq!(
            with_version(&url("http://box/volume/v3/abc"), "v3", false).as_str(),
            "http://box/volume/v3/abc/"
        );
    }

    #[test]
    fn the_version_root_leaves_the_project_out() {
        let root = version_root(&url("http://box/volume/v3/834920a18dd247a38dc1d9b0eb591ea2")).unwrap();
        assert_eq!(root.as_str(), "http://box/volume/v3/");
        assert_eq!(version_root(&url("http://box:9292")), None);
        assert!(!has_version(&url("http://box/v/volumes")));
    }
}
