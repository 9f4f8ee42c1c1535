//! Where the next page of a list is.
//!
//! Half a list would pass for the whole, and a volume that is not seen is not protected. So a link to a next page that is
//! there and cannot be followed is an error, never the end.

use reqwest::header::{HeaderMap, LINK};
use serde_json::{Map, Value};

/// The parameters of a list call, in order.
pub(crate) type Query = Vec<(String, String)>;

/// The query of the link to the next page, which is taken out of the body; nothing if this page is the last.
///
/// Services write the link in several forms: Cinder as `volumes_links` (and, for types, `volume_type_links`), Nova and
/// Neutron likewise, Glance as `next`, Keystone as `links.next`, others in a `Link` header (RFC 8288). Only the link's query is used: its
/// host is the service's own idea of its address, which behind a proxy is often not one that can be reached.
///
/// # Errors
/// There is a link and it cannot be followed; the link, as it came.
pub(crate) fn next(body: &mut Map<String, Value>, headers: &HeaderMap) -> Result<Option<Query>, String> {
    let keys: Vec<String> = body.keys().filter(|key| is_links(key)).cloned().collect();
    let mut found = None;
    for key in keys {
        if let Some(link) = body.remove(&key).as_ref().and_then(next_of_links) {
            found = found.or(Some(link));
        }
    }
    let found = match found {
        Some(link) => Some(link),
        None => body.remove("next").as_ref().and_then(href),
    };
    let header = || {
        headers
            .get_all(LINK)
            .iter()
            .find_map(|value| header_link(value.to_str().ok()?))
    };
    match found.or_else(|| header().map(Ok)) {
        None => Ok(None),
        Some(Err(odd)) => Err(odd),
        Some(Ok(link)) => query(&link).map(Some).ok_or(link),
    }
}

/// Whether a member of a body may say where the next page is.
pub(super) fn may_lead_on(key: &str) -> bool {
    is_links(key) || key == "next"
}

fn is_links(key: &str) -> bool {
    key == "links" || key.ends_with("_links")
}

/// The call's own parameters, and those of the link that it does not have: a link that forgot `all_tenants` would go on
/// with another list.
pub(crate) fn merged(own: &[(String, String)], link: &[(String, String)]) -> Query {
    let added = link
        .iter()
        .filter(|(name, _)| own.iter().all(|(known, _)| known != name));
    own.iter().chain(added).cloned().collect()
}

/// What a `…_links` member says: the `href` of the link whose `rel` is `next`. What is there and is none is given as it came.
fn next_of_links(links: &Value) -> Option<Result<String, String>> {
    match links {
        Value::Array(links) => links
            .iter()
            .find(|link| is_next(link))
            .map(|link| link.get("href").and_then(href).unwrap_or_else(|| Err(link.to_string()))),
        Value::Object(links) => links.get("next").and_then(href),
        Value::Null => None,
        odd => Some(Err(odd.to_string())),
    }
}

fn is_next(link: &Value) -> bool {
    let rel = link.get("rel").and_then(Value::as_str).unwrap_or_default();
    rel.split_whitespace().any(|word| word.eq_ignore_ascii_case("next"))
}

/// A link that is text, or an object with a `href`.
fn href(link: &Value) -> Option<Result<String, String>> {
    match link {
        Value::Null => None,
        Value::String(link) => Some(Ok(link.clone())),
        Value::Object(link) if link.contains_key("href") => link.get("href").and_then(href),
        odd => Some(Err(odd.to_string())),
    }
}

/// The target of a `Link` header with `rel="next"`.
fn header_link(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let rel = |parameter: &str| {
            let (name, value) = parameter.split_once('=')?;
            let words = value.trim().trim_matches('"').to_ascii_lowercase();
            (name.trim().eq_ignore_ascii_case("rel") && words.split_whitespace().any(|word| word == "next"))
                .then_some(())
        };
        parameters.split(';').find_map(rel).map(|()| target.to_owned())
    })
}

/// The parameters of a link; nothing if it has none with a value, so it leads nowhere.
fn query(link: &str) -> Option<Query> {
    let (_, query) = link.split_once('?')?;
    let query = query.split('#').next()?.replace("&amp;", "&");
    let url = reqwest::Url::parse(&format!("http://host/?{query}")).ok()?;
    let pairs: Query = url
        .query_pairs()
        .into_owned()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    (!pairs.is_empty()).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(body: Value) -> Result<Option<String>, String> {
        let Value::Object(mut body) = body else {
            panic!("no object")
        };
        next(&mut body, &HeaderMap::new()).map(|query| {
            query.map(|query| {
                let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
                pairs.join(" ")
            })
        })
    }

    fn linked(href: &str) -> Result<Option<String>, String> {
        of(json!({ "volumes": [], "volumes_links": [{ "rel": "next", "href": href }] }))
    }

    #[test]
    fn every_form_of_link_is_followed() {
        let found = |text: &str| Ok(Some(text.to_owned()));
        assert_eq!(
            linked("http://inside:8776/v3/p/volumes/detail?limit=2&marker=a%2Db"),
            found("limit=2 marker=a-b")
        );
        assert_eq!(linked("?offset=20"), found("offset=20"));
        assert_eq!(linked("volumes/detail?a=1&amp;marker=x#top"), found("a=1 marker=x"));
        // Cinder's key for types is not made of the collection's name (`api/v3/views/types.py`).
        assert_eq!(
            of(json!({ "volume_types": [], "volume_type_links": [{ "rel": "next", "href": "/t?marker=t" }] })),
            found("marker=t")
        );
        assert_eq!(
            of(json!({ "images": [], "next": "/v2/images?marker=c" })),
            found("marker=c")
        );
        assert_eq!(
            of(json!({ "projects": [], "links": { "self": "/p", "next": "/p?page=2" } })),
            found("page=2")
        );
        assert_eq!(
            of(json!({ "x": [], "links": [{ "rel": "NEXT", "href": { "href": "/p?m=2" } }] })),
            found("m=2")
        );
        for last in [
            json!({ "volumes": [] }),
            json!({ "volumes": [], "volumes_links": [] }),
            json!({ "volumes": [], "volumes_links": [{ "rel": "previous", "href": "/x?marker=1" }] }),
            json!({ "volumes": [], "next": null, "links": { "next": null, "self": "/p" } }),
        ] {
            assert_eq!(of(last), Ok(None));
        }
    }

    #[test]
    fn a_link_that_leads_nowhere_is_no_end() {
        for odd in [
            "",
            "/volumes/detail",
            "volumes/detail;marker=x",
            "/v?marker=",
            "/v%3Fmarker=x",
            "/v?#marker=x",
        ] {
            assert_eq!(linked(odd), Err(odd.to_owned()));
        }
        for odd in [
            json!({ "volumes_links": [{ "rel": "next" }] }),
            json!({ "volumes_links": [{ "rel": "next", "href": 7 }] }),
            json!({ "volumes_links": "http://x/?marker=1" }),
            json!({ "links": { "next": ["/x?marker=1"] } }),
            json!({ "next": true }),
        ] {
            assert!(of(odd.clone()).is_err(), "{odd}");
        }
    }

    #[test]
    fn a_link_may_stand_in_a_header() {
        let mut headers = HeaderMap::new();
        let links = "</v3/x?marker=0>; rel=\"prev\", </v3/x?marker=2>; title=x; rel=\"next\"";
        headers.insert(LINK, links.parse().unwrap());
        let query = next(&mut Map::new(), &headers).unwrap().unwrap();
        assert_eq!(query, [("marker".to_owned(), "2".to_owned())]);
        assert_eq!(header_link("</x?marker=1>; rel=prev"), None);
    }

    #[test]
    fn what_the_call_asks_for_wins_over_the_link() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let own = [pair("all_tenants", "1")];
        let link = [pair("all_tenants", "0"), pair("marker", "a"), pair("limit", "2")];
        assert_eq!(
            merged(&own, &link),
            [pair("all_tenants", "1"), pair("marker", "a"), pair("limit", "2")]
        );
    }
}
