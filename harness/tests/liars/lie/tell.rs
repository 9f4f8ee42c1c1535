//! How each lie is told: before the cloud is asked, and of what it answered.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Act, Answer, Change, Lie, Link, Memory, Read};
use crate::proxy::{Reply, Request};

impl Lie {
    /// What is done with a request.
    pub fn before(&self, request: &Request, memory: &mut Memory) -> Act {
        let first = |memory: &mut Memory, change: &Change| change.is(request) && memory.count(self) == 0;
        let blank = || Reply::new(200, "application/json", Vec::new());
        match self {
            Lie::All(lies) => {
                for lie in lies {
                    match lie.before(request, memory) {
                        Act::Forward => {}
                        act => return act,
                    }
                }
                Act::Forward
            }
            Lie::Later(change, seconds, answer) if first(memory, change) => {
                Act::SayAndForwardLater(answer.reply(blank()), Duration::from_secs_f64(*seconds))
            }
            Lie::NotDone(change, times, answer) if change.is(request) && memory.count(self) < *times => {
                Act::Say(answer.reply(blank()))
            }
            Lie::Twice { change, second } if change.is(request) => Act::ForwardTwice { second: *second },
            Lie::SameName(change) if first(memory, change) => {
                let mut foreign = request.clone();
                foreign.body = of_another_user(request.json()).to_string().into_bytes();
                Act::ForwardAsAndSay(foreign, Reply::page(504, "Gateway Time-out"))
            }
            Lie::Operator if first(memory, &Change::Failover) => Act::ForwardCopyFirst,
            Lie::Gone(change, read, answer) => {
                let deletes = change.is(request);
                if deletes {
                    memory.count(self);
                }
                if deletes || memory.has_counted(self) && read.is(request) {
                    Act::Say(answer.reply(blank()))
                } else {
                    Act::Forward
                }
            }
            Lie::Reads(when, read, answer) if when.is_now(memory) && read.is(request) => {
                Act::Say(answer.reply(blank()))
            }
            Lie::Token(every) if !request.path.contains("/auth/tokens") && request.bare().split('/').count() > 4 => {
                if memory.count(self) % every == every - 1 {
                    Act::Say(Answer::Unauthorized.reply(blank()))
                } else {
                    Act::Forward
                }
            }
            Lie::Outage(when, part) if when.is_now(memory) && request.path.contains(part) => {
                Act::Say(Reply::page(503, "Service Unavailable"))
            }
            Lie::Paged(size) if is_list(request) && !request.path.contains("limit=") => {
                let mark = if request.path.contains('?') { '&' } else { '?' };
                let mut paged = request.clone();
                paged.path = format!("{}{mark}limit={size}", request.path);
                Act::ForwardAs(paged)
            }
            Lie::FakeShelve => fake_shelve(request, memory),
            Lie::StaleFirst if is_back(memory) && Read::Attachment.is(request) => {
                let id = request.bare().rsplit('/').next().unwrap_or_default();
                match memory.attachments.get(id) {
                    Some(body) => Act::Say(Reply::new(200, "application/json", body.clone())),
                    None => Act::Forward,
                }
            }
            _ => Act::Forward,
        }
    }

    /// What becomes of the cloud's reply.
    pub fn after(&self, request: &Request, reply: &mut Reply, memory: &mut Memory) {
        match self {
            Lie::All(lies) => lies.iter().for_each(|lie| lie.after(request, reply, memory)),
            Lie::Done(change, answer) if change.is(request) && memory.count(self) == 0 => {
                *reply = answer.reply(reply.clone());
            }
            Lie::Spoilt(how, read, every) if read.is(request) && memory.count(self) % every == every - 1 => {
                how.spoil(reply)
            }
            Lie::Edited(when, read, edit) if when.is_now(memory) && read.is(request) => {
                let mut body = reply.value();
                if body.is_object() && reply.status < 300 {
                    edit(&mut body, &memory.moment(self));
                    reply.set(&body);
                }
            }
            Lie::Lagging(seconds, read) if read.is(request) => lag(*seconds, request, reply, memory),
            Lie::Slow(method, seconds) if request.method == *method && !request.path.contains("/auth/") => {
                reply.delay = Duration::from_secs_f64(*seconds);
            }
            Lie::FakeShelve if Read::Server.is(request) => {
                let mut body = reply.value();
                let id = body["server"]["id"].as_str().unwrap_or_default().to_owned();
                if let Some(status) = memory.statuses.get(&id) {
                    body["server"]["status"] = json!(status);
                    reply.set(&body);
                }
            }
            Lie::StaleFirst => stale_first(request, reply, memory),
            Lie::TypesPaged(size) if Read::Types.is(request) => page_of_types(*size, request, reply),
            Lie::HideForeign(link) if Read::AllVolumes.is(request) => hide_foreign(*link, request, reply),
            _ => {}
        }
    }
}

fn is_list(request: &Request) -> bool {
    let lists = ["volumes", "servers"].map(|list| request.ends_with(&[list]) || request.ends_with(&[list, "detail"]));
    request.method == "GET" && lists.contains(&true)
}

/// The same with the metadata of somebody else.
fn of_another_user(mut body: Value) -> Value {
    for kind in ["volume", "server"] {
        if let Some(thing) = body.get_mut(kind) {
            thing["metadata"] = json!({"owner": "somebody else"});
        }
    }
    body
}

fn is_back(memory: &Memory) -> bool {
    memory.last.as_ref().is_some_and(|asked| asked.to == "default")
}

fn fake_shelve(request: &Request, memory: &mut Memory) -> Act {
    let status = if Change::Shelve.is(request) {
        "SHELVED_OFFLOADED"
    } else if Change::Unshelve.is(request) {
        "ACTIVE"
    } else {
        return Act::Forward;
    };
    let id = request.bare().rsplit('/').nth(1).unwrap_or_default();
    memory.statuses.insert(id.to_owned(), status);
    Act::Say(Answer::Empty(202).reply(Reply::json(202, &Value::Null)))
}

fn stale_first(request: &Request, reply: &mut Reply, memory: &mut Memory) {
    let mut body = reply.value();
    if Read::Attachment.is(request) && !is_back(memory) {
        let text = |field: &str| body["attachment"][field].as_str().unwrap_or_default().to_owned();
        let (id, volume) = (text("id"), text("volume_id"));
        memory.attachments.insert(id.clone(), reply.body.clone());
        memory.first_attachments.entry(volume).or_insert(id);
    }
    if Read::Volume.is(request) && is_back(memory) {
        let volume = body["volume"]["id"].as_str().unwrap_or_default().to_owned();
        let Some(first) = memory.first_attachments.get(&volume) else {
            return;
        };
        for attachment in body["volume"]["attachments"].as_array_mut().into_iter().flatten() {
            attachment["attachment_id"] = json!(first);
        }
        reply.set(&body);
    }
}

/// What was answered that long ago, or at first.
fn lag(seconds: f64, request: &Request, reply: &mut Reply, memory: &mut Memory) {
    let now = Instant::now();
    let replies = memory.replies.entry(request.path.clone()).or_default();
    replies.push((now, reply.clone()));
    let is_old = |(at, _): &&(Instant, Reply)| (now - *at).as_secs_f64() >= seconds;
    let shown = replies.iter().rev().find(is_old).unwrap_or(&replies[0]);
    *reply = shown.1.clone();
}

fn page_of_types(size: usize, request: &Request, reply: &mut Reply) {
    // The marker is the cloud's own to follow.
    let mut types = reply.value()["volume_types"].as_array().cloned().unwrap_or_default();
    let more = types.len() > size;
    types.truncate(size);
    let mut body = json!({"volume_types": types});
    if more {
        let last = types[size - 1]["id"].as_str().unwrap_or_default();
        let href = format!(
            "http://{}{}?is_public=None&marker={last}",
            request.host(),
            request.bare()
        );
        // Cinder's own key (api/v3/views/types.py), which does not name the list.
        body["volume_type_links"] = json!([{"rel": "next", "href": href}]);
    }
    reply.set(&body);
}

fn hide_foreign(link: Link, request: &Request, reply: &mut Reply) {
    let mut body = reply.value();
    let is_own = |volume: &Value| volume["name"].as_str().unwrap_or_default().starts_with("cinder-drill-");
    if let Some(volumes) = body["volumes"].as_array_mut() {
        volumes.retain(is_own);
    }
    let url = format!("http://{}{}?all_tenants=1", request.host(), request.bare());
    let href = match link {
        Link::None => None,
        Link::Offset => Some(format!("{url}&offset=1")),
        Link::EmptyMarker => Some(format!("{url}&marker=")),
        Link::Relative => Some("volumes/detail;marker=x".to_owned()),
        Link::Loop => Some(format!("{url}&marker=11111111-1111-4111-8111-111111111111")),
    };
    if let Some(href) = href {
        body["volumes_links"] = json!([{"rel": "next", "href": href}]);
    }
    reply.set(&body);
}
