//! Lies of our own about a server that is stopped to renew its connections.

use serde_json::{Value, json};

use crate::lie::{Answer, Change, Lie, Read, When, edited};
use crate::row::{Row, lie};

const COLD: &[&str] = &["cold"];

/// A server that stops says that it is off before it is.
fn off_too_early() -> Lie {
    edited(When::Over, Read::ServerOrList, |body, _| {
        let servers: Vec<&mut Value> = match body.get("servers").is_some() {
            true => body["servers"].as_array_mut().into_iter().flatten().collect(),
            false => vec![&mut body["server"]],
        };
        for server in servers {
            if server["OS-EXT-STS:task_state"] == "powering-off" {
                server["OS-EXT-STS:task_state"] = Value::Null;
                server["status"] = json!("SHUTOFF");
            }
        }
    })
}

pub fn rows() -> Vec<Row> {
    let ignored = |change| Lie::NotDone(change, 1, Answer::Empty(202));
    vec![
        lie("cold-honest", 0, Lie::Truth).in_flow(COLD).harmless().sampled(),
        // The old machine runs on, with its old disk.
        lie("cold-stop-ignored", 2, ignored(Change::Stop))
            .in_flow(COLD)
            .failed()
            .at("reconnect")
            .says("SHUTOFF")
            .sampled(),
        lie("cold-start-ignored", 2, ignored(Change::Start))
            .in_flow(COLD)
            .failed()
            .at("reconnect")
            .says("ACTIVE"),
        // The volume keeps the attachment from before, and is in-use as it must be in the end.
        lie("cold-detach-ignored", 2, ignored(Change::Detach))
            .in_flow(COLD)
            .failed()
            .at("reconnect")
            .says("available"),
        lie("cold-off-too-early", 2, off_too_early())
            .in_flow(COLD)
            .caught_or_clean(),
        lie("cold-stop-unanswered", 2, Lie::Done(Change::Stop, Answer::Dropped))
            .in_flow(COLD)
            .caught_or_clean(),
    ]
}
