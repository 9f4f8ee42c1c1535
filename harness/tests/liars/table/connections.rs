//! Connections and guests: whose an attachment is, whether it is new, and whether the guest really restarted.

use serde_json::{Value, json};

use crate::lie::{
    Lie, NOBODY, Read, When, attachment, attachments, connection, connections_follow, edited, never_offloads,
    unknown_server,
};
use crate::row::{DB, Edit, FB, Left, Row, lie};

/// The connection is that of another image.
fn other_image(with_id: bool) -> Lie {
    let mut members = json!({"name": format!("volumes/volume-{NOBODY}")});
    if with_id {
        members["volume_id"] = json!(NOBODY);
    }
    connection(When::Always, members)
}

/// Servers are not really shelved; with `connections`, the attachments say what they would if they had been.
fn fake_shelve(connections: bool) -> Lie {
    let mut lies = vec![Lie::FakeShelve];
    lies.extend(connections.then(connections_follow));
    Lie::All(lies)
}

pub fn rows() -> Vec<Row> {
    let at_connection = |id, lie_told| lie(id, 6, lie_told).at("expect-connection");
    let shelve = |id, connections| {
        // The guest went on running: nothing was lost.
        lie(id, 6, fake_shelve(connections))
            .at("reconnect|expect-connection")
            .never("loses data")
            .never("did not survive")
    };
    let second_attachment = |list: &mut Vec<Value>| {
        let mut other = list[0].clone();
        other["attachment_id"] = json!(NOBODY);
        other["id"] = json!(NOBODY);
        list.push(other);
    };
    vec![
        shelve("fakeshelve", false).failed().sampled(),
        shelve("fakeshelve-conn-nolog", true)
            .failed()
            .edits(&[Edit::WithoutLog]),
        shelve("fakeshelve-apionly", true)
            .failed()
            .in_flow(&["apionly"])
            .edits(&[Edit::WithoutLog]),
        shelve("two-fakeshelve", true)
            .in_flow(&["two"])
            .edits(&[Edit::WithoutLog]),
        lie("stalefirst-fb", 6, Lie::StaleFirst)
            .in_flow(FB)
            .failed()
            .at("expect-connection|reconnect")
            .sampled(),
        lie("stalefirst-db", 6, Lie::StaleFirst)
            .in_flow(DB)
            .failed()
            .at("expect-connection|reconnect|attach"),
        at_connection("conn-empty", attachment(json!({"connection_info": {}})))
            .says("empty|no connection|holds nothing|reserved|administrator")
            .never("name the driver profile"),
        at_connection("conn-otherimage", other_image(true)).failed(),
        at_connection("conn-otherimage-nolog", other_image(true))
            .failed()
            .edits(&[Edit::WithoutLog])
            .says(NOBODY),
        at_connection("conn-otherinstance", attachment(json!({"instance": NOBODY})))
            .failed()
            .says(NOBODY),
        at_connection("conn-othervolume", attachment(json!({"volume_id": NOBODY})))
            .failed()
            .says(NOBODY),
        at_connection("conn-reserved", attachment(json!({"status": "reserved"}))).says("reserved"),
        at_connection("conn-two", attachments(second_attachment)).says(NOBODY),
        at_connection(
            "conn-noattach",
            edited(When::Always, Read::Volume, |body, _| {
                body["volume"]
                    .as_object_mut()
                    .and_then(|volume| volume.remove("attachments"));
            }),
        ),
        lie("neveroffloads", 13, never_offloads()).at("reconnect"),
        lie("unknown", 13, unknown_server())
            .no_verdict()
            .at("reconnect")
            .says("UNKNOWN")
            .never("waits for the guest to stop")
            .left(Left::RecoveredOrForAPerson),
    ]
}
