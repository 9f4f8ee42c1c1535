//! The route of a request: its path without what belongs to one cloud or one run.

use reqwest::Url;

use super::stable::{is_id, stable};

/// Collections whose members are named by who made them, so a name stands where an id would.
const NAMED: [&str; 4] = ["flavors", "os-keypairs", "types", "extra_specs"];
/// Path segments after a collection that are not members of it.
const VIEWS: [&str; 2] = ["detail", "summary"];

/// The route of a URL: from behind the version, and behind the project that Cinder's have, with `{id}` for members and the
/// names of the query's parameters: `/volumes/{id}`, `/os-services?binary`.
pub(super) fn route(url: &str) -> String {
    let Ok(url) = Url::parse(url) else { return stable(url) };
    let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
    let behind = segments.iter().position(|segment| is_version(segment));
    let rest = &segments[behind.map_or(segments.len(), |at| at + 1)..];
    let rest = match rest.split_first() {
        Some((project, rest)) if is_id(project) => rest,
        _ => rest,
    };
    let mut route = String::new();
    for (index, segment) in rest.iter().enumerate() {
        let collection = index.checked_sub(1).map(|before| rest[before]);
        let is_member = is_id(segment)
            || stable(segment) != *segment
            || collection.is_some_and(|collection| NAMED.contains(&collection) && !VIEWS.contains(segment));
        route.push('/');
        route.push_str(if is_member { "{id}" } else { segment });
    }
    if route.is_empty() {
        route.push('/');
    }
    let mut parameters: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    parameters.sort();
    parameters.dedup();
    if !parameters.is_empty() {
        route.push('?');
        route.push_str(&parameters.join("&"));
    }
    route
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|number| number.starts_with(|digit: char| digit.is_ascii_digit()) && !is_id(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_the_same_on_every_cloud() {
        let id = "6b0e9b1d-1f5c-4a29-8b2d-3cfd27d2a1b9";
        let project = "834920a18dd247a38dc1d9b0eb591ea2";
        for (url, expected) in [
            (
                format!("http://127.0.0.1:8776/v3/{project}/volumes/{id}"),
                "/volumes/{id}",
            ),
            (
                format!("http://box:4/volume/v3/{project}/os-services?host=a&binary=b"),
                "/os-services?binary&host",
            ),
            (
                format!("http://box/volume/v3/{project}/volumes/detail"),
                "/volumes/detail",
            ),
            (
                format!("http://box/compute/v2.1/servers/{id}/os-volume_attachments/{id}"),
                "/servers/{id}/os-volume_attachments/{id}",
            ),
            (
                "http://box/compute/v2.1/os-keypairs/cinder-drill-20261124-013410-ecfc".to_owned(),
                "/os-keypairs/{id}",
            ),
            ("http://box/compute/v2.1/flavors/c1".to_owned(), "/flavors/{id}"),
            ("http://box/compute/v2.1/flavors/detail".to_owned(), "/flavors/detail"),
            ("http://box/identity/v3/auth/tokens".to_owned(), "/auth/tokens"),
            ("http://box/compute/v2.1/".to_owned(), "/"),
            ("http://box".to_owned(), "/"),
        ] {
            assert_eq!(route(&url), expected, "{url}");
        }
    }
}
