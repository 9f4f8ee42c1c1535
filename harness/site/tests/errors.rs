//! What users read when a site cannot be asked.

use std::time::Duration;

use crate::shell::ShellError;
use crate::shell::tests::shown;
use crate::site::SiteError;

const DOING: &str = "read the info of image volumes/volume-1";
const COMMAND: &str = "rbd --cluster ceph2 --id cinder2 info volumes/volume-1 --format json";

fn errors() -> Vec<SiteError> {
    let failed = |exit_code, stderr: &str| SiteError::of("site-b", DOING, COMMAND, exit_code, stderr);
    let unanswered = |source| SiteError::Unanswered {
        site: "site-b".to_owned(),
        doing: DOING.to_owned(),
        source: Box::new(source),
    };
    vec![
        unanswered(ShellError::ConnectionRefused {
            address: "198.51.100.11:22".to_owned(),
        }),
        unanswered(ShellError::TimedOut {
            place: "root@198.51.100.11:22".to_owned(),
            command: COMMAND.to_owned(),
            after: Duration::from_secs(60),
            stdout: String::new(),
            stderr: String::new(),
        }),
        failed(2, "rbd: error opening image volume-1: (2) No such file or directory\n"),
        failed(22, "rbd: mirroring not enabled on the image\n"),
        failed(1, "rbd: couldn't connect to the cluster!\n"),
        failed(1, "rbd: error opening image volume-1: (1) Operation not permitted\n"),
        failed(2, "rbd: error opening pool 'volumes': (2) No such file or directory\n"),
        failed(127, "sh: 1: rbd: not found\n"),
        failed(22, "rbd: something else\n"),
        SiteError::Unsupported {
            site: "site-b".to_owned(),
            doing: DOING.to_owned(),
            cause: "it is empty".to_owned(),
        },
        SiteError::Garbage {
            site: "site-b".to_owned(),
            doing: DOING.to_owned(),
            command: COMMAND.to_owned(),
            stdout: "Welcome to site-b\n".to_owned(),
            stderr: String::new(),
            cause: "expected value at line 1 column 1".to_owned(),
        },
    ]
}

#[test]
fn every_error_says_what_was_tried_what_came_and_what_to_do() {
    let texts: Vec<String> = errors()
        .iter()
        .map(|error| shown(error.summary(), error.details(), error.help()))
        .collect();
    insta::assert_snapshot!(texts.join("\n"));
}
