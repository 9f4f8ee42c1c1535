//! What a server says is text and never markup.

use serde_json::json;

use super::events::{
    connection_seen, described, failed, file_seen, journal, mirror_seen, report, run_started, scenario_finished,
    scenario_started, step,
};
use super::torn::{statuses, written};
use crate::event::{Event, EventKind, Evidence, Journal, Proof, Resource, ResourceKind};
use crate::failure::Failure;
use crate::report::Format;

/// Ends elements, attributes, scripts, comments and CDATA; holds an ANSI escape, a NUL, a character that XML has no way to
/// write, and one that turns the direction of writing.
const HOSTILE: &str = "</script></title></svg><img src=x onerror=alert(1)>\" ' onload='x' <!-- ]]> {{ 7919*7907 }} {% raw %} \u{1b}[31m\0\u{ffff}\u{202e}&amp;";

/// A journal in which everything that a server, a guest or a file can say is hostile.
pub fn hostile() -> Journal {
    let name = "bfv-failover";
    let fields = json!({ HOSTILE: HOSTILE, "hosts": [HOSTILE] });
    let resource = Resource {
        kind: ResourceKind::Volume,
        name: HOSTILE.to_owned(),
        id: Some(HOSTILE.to_owned()),
    };
    let failure = Failure::expectation(HOSTILE).detail(HOSTILE, HOSTILE).help(HOSTILE);
    let within = vec![
        file_seen(name, 0, HOSTILE, true, HOSTILE),
        connection_seen(name, 0, HOSTILE, fields.clone(), &[]),
        connection_seen(name, 0, HOSTILE, fields, &[HOSTILE, "hosts"]),
        mirror_seen(HOSTILE, HOSTILE),
        EventKind::Waiting {
            awaited: HOSTILE.to_owned(),
            last_state: HOSTILE.to_owned(),
            elapsed: 10,
            budget: 100,
        },
        EventKind::Requested {
            service: HOSTILE.to_owned(),
            method: HOSTILE.to_owned(),
            url: HOSTILE.to_owned(),
            status: Some(500),
            request_id: Some(HOSTILE.to_owned()),
            milliseconds: 1,
            attempt: 2,
            error: Some(HOSTILE.to_owned()),
            refused: false,
        },
        EventKind::Collected {
            evidence: Evidence {
                title: HOSTILE.to_owned(),
                text: HOSTILE.to_owned(),
                file: None,
            },
        },
    ];
    let mut kinds = vec![
        run_started(&[name]),
        described(None, None),
        EventKind::Noticed {
            text: HOSTILE.to_owned(),
        },
        scenario_started(name),
        EventKind::Intended {
            resource: resource.clone(),
        },
    ];
    kinds.extend(step(name, 0, HOSTILE, within, Some(failure.clone())));
    kinds.extend([
        EventKind::Noticed {
            text: HOSTILE.to_owned(),
        },
        scenario_finished(name, failed(failure.clone(), Some(0))),
        EventKind::Left {
            resource,
            failure,
            remedy: Vec::new(),
        },
        EventKind::RunFinished { milliseconds: 1 },
    ]);
    journal(kinds)
}

/// The tags of a page, each up to its `>`, without the values of attributes, which hold no quotes.
fn tags(html: &str) -> Vec<String> {
    let values = regex::Regex::new(r#""[^"]*""#).expect("a pattern");
    html.split('<')
        .skip(1)
        .map(|rest| rest.split('>').next().unwrap_or_default())
        .map(|tag| values.replace_all(tag, "\"\"").into_owned())
        .collect()
}

#[test]
fn html_holds_no_markup_of_others() {
    let journal = hostile();
    let html = String::from_utf8(written(&report(&journal), Format::Html)).expect("UTF-8");
    assert!(
        html.contains("&lt;img src=x onerror=alert(1)&gt;"),
        "the text itself is shown"
    );
    for tag in tags(&html) {
        let name = tag
            .split([' ', '\n'])
            .next()
            .unwrap_or_default()
            .trim_start_matches('/');
        assert!(
            [
                "!doctype", "html", "head", "meta", "title", "style", "body", "main", "header", "section", "article",
                "h1", "h2", "h3", "p", "div", "span", "strong", "b", "code", "pre", "dl", "dt", "dd", "ul", "ol", "li",
                "br", "a", "i", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "footer",
            ]
            .contains(&name),
            "<{tag}>"
        );
        assert!(!tag.contains("onerror") && !tag.contains("onload="), "<{tag}>");
    }
    assert!(!html.contains("62615533"), "a template within a text was run");
}

#[test]
fn html_names_nothing_outside_of_itself() {
    let journal = hostile();
    let html = String::from_utf8(written(&report(&journal), Format::Html)).expect("UTF-8");
    for tag in tags(&html) {
        for word in ["src=", "url(", "@import", "<script"] {
            assert!(!tag.contains(word), "<{tag}>");
        }
    }
    let links: Vec<&str> = html.split("href=").skip(1).collect();
    assert!(
        links.iter().all(|link| link.starts_with("\"#r")),
        "a link leads out of the page"
    );
    let style = html
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next());
    let style = style.expect("a style");
    assert!(!style.contains("url(") && !style.contains("@import"));
    assert!(html.contains("default-src 'none'"));
}

#[test]
fn junit_is_xml_whatever_was_said() {
    let journal = hostile();
    let xml = String::from_utf8(written(&report(&journal), Format::Junit)).expect("UTF-8");
    let junit = quick_junit::Report::deserialize_from_str(&xml).expect("well-formed");
    assert_eq!((junit.failures, junit.errors), (1, 1), "{xml}");
    let legal = |character: char| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert!(xml.chars().all(legal));
}

#[test]
fn subunit_holds_long_and_hostile_texts() {
    let mut journal = hostile();
    let long = "é".repeat(3 * 1024 * 1024);
    // A diagnosis is cut; what was proven is told whole.
    let proven = EventKind::Proven {
        scenario: "bfv-failover".to_owned(),
        step: 0,
        proof: Proof::FileRead {
            guest: HOSTILE.to_owned(),
            path: long,
            bytes: 1,
            sha256_before: None,
            sha256_after: HOSTILE.to_owned(),
            device: None,
            direct: Some(false),
            second_witness: Some(crate::event::SecondWitness::Nobody {
                because: HOSTILE.to_owned(),
            }),
        },
    };
    let ends = |event: &Event| matches!(event.kind, EventKind::ScenarioFinished { .. });
    let position = journal.events.iter().position(ends).expect("it ends");
    journal.events[position - 1].kind = proven;
    let stream = written(&report(&journal), Format::Subunit);
    assert!(stream.len() > 6 * 1024 * 1024);
    assert_eq!(statuses(&stream).len(), 2);
}

#[test]
fn text_does_not_move_the_cursor() {
    let journal = hostile();
    let text = String::from_utf8(written(&report(&journal), Format::Text)).expect("UTF-8");
    assert!(!text.contains('\u{1b}') && !text.contains('\0'), "{text:?}");
}
