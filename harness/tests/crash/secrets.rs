//! No secret is in anything that a run writes: files, standard output, standard error.

use std::path::Path;
use std::process::Output;

use serde_json::json;

use crate::points::{FAILED_OVER, FLOWS};
use crate::world::{World, printed};

/// The CHAP password and the cephx key that the driver puts into every connection info. Cinder masks the first in its log
/// and not the second.
const CHAP: &str = "marked-chap-password-0xCAFE";
const CEPHX: &str = "AQmarkedCephxKeyMarkedCephxKeyMarkedCeph==";

/// Every byte of a folder.
fn bytes_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            all.extend(bytes_of(&path));
        } else {
            all.push((path.display().to_string(), std::fs::read(&path).expect("readable")));
        }
    }
    all
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}

#[test]
fn no_secret_is_in_what_a_run_writes() {
    let world = World::start();
    let fields = json!({ "auth_password": CHAP, "keyring": CEPHX });
    world
        .faults()
        .add_to_connection_info(fields.as_object().expect("fields").clone());
    let mut written: Vec<(String, Vec<u8>)> = Vec::new();
    let mut keep = |what: &str, output: Output, code: i32| {
        assert_eq!(output.status.code(), Some(code), "{what}: {}", printed(&output));
        written.push((format!("{what}, stdout"), output.stdout));
        written.push((format!("{what}, stderr"), output.stderr));
    };
    for flow in FLOWS {
        keep(flow, world.run(flow).output().expect("the program starts"), 0);
    }
    // A failure has evidence, which is what APIs, logs and guests say.
    world.faults().answer(
        "PUT",
        "/os-services/failover_host",
        1,
        simcloud::FaultAnswer::status(400),
    );
    let failing = world.run(FLOWS[0]).args(["--on-failure", "keep"]).output();
    keep("a failing run", failing.expect("the program starts"), 3);
    // The ids of runs of one second are in no order, so it is found by what it holds.
    let runs = std::fs::read_dir(world.runs()).expect("the folder of runs");
    let attachments = runs
        .map(|run| {
            run.expect("readable")
                .path()
                .join("evidence/attachments-of-volume-root.txt")
        })
        .find_map(|file| std::fs::read_to_string(file).ok())
        .expect("evidence");
    assert!(attachments.contains(r#""auth_password": "[secret "#), "{attachments}");
    keep("its recovery", world.recover().output().expect("the program starts"), 0);
    world.dies_at(FLOWS[0], FAILED_OVER);
    keep(
        "the recovery of a dead run",
        world.recover().output().expect("the program starts"),
        0,
    );
    written.push(("the list of runs".to_owned(), world.listed().into_bytes()));
    written.extend(bytes_of(&world.runs()));

    let key = std::fs::read_to_string(world.client_key()).expect("the private key");
    let lines = key.lines().filter(|line| line.len() > 40).map(str::to_owned);
    let secrets: Vec<String> = [CHAP.to_owned(), CEPHX.to_owned()]
        .into_iter()
        .chain(world.secrets())
        .chain(lines)
        .collect();
    // The passwords, a token a login, the two marks, and the key.
    assert!(secrets.len() > 10, "{} secrets", secrets.len());
    assert!(written.len() > 20, "{} files", written.len());
    for (what, bytes) in &written {
        for secret in &secrets {
            assert!(!holds(bytes, secret), "{what} holds the secret {secret}");
        }
    }
}
