//! Can the cinder-volume log be read, and is it at debug level?

use super::super::{At, Check, Facts, Finding, Fix, Group, Why};
use crate::connection::CONNECTION_LINE;

pub(super) static CHECK: Check = Check {
    name: "volume-log",
    question: "Can the cinder-volume log be read, and is it at debug level?",
    group: Group::Drill,
    essential: false,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    let tail = match &facts.log {
        Ok(tail) => tail,
        Err(unasked) if unasked.why == Why::NoWay => return Finding::unasked(unasked),
        Err(unasked) => {
            return Finding::problem(unasked.reason.clone()).fix(Fix::Do(
                "set `volume-log` in the target to where cinder-volume logs, and a shell that may read it; without the \
                 block drills believe the API alone"
                    .to_owned(),
            ));
        }
    };
    let path = facts.expected.log.as_deref().unwrap_or("the log");
    if tail.debug_lines > 0 {
        return Finding::ok(format!("{path} can be read, and is at debug level"));
    }
    if tail.lines == 0 {
        return Finding::warning(format!(
            "{path} is empty, so that nobody knows whether it is at debug level"
        ))
        .fix(Fix::Do("is this the file that cinder-volume writes to?".to_owned()));
    }
    if tail.lines_with_level == 0 {
        return Finding::warning(format!(
            "the last {} lines of {path} are not understood: none says of what level it is; look yourself whether it is at \
             debug level",
            tail.lines
        ))
        .fix(Fix::Do(format!("is this the file that cinder-volume writes to? It must hold lines with `{CONNECTION_LINE}`")));
    }
    Finding::problem(format!(
        "{path} has no DEBUG line among its last {}: the line with connection info is logged at DEBUG only",
        tail.lines
    ))
    .fix(Fix::Write {
        file: "cinder.conf, section [DEFAULT]".to_owned(),
        line: "debug = True".to_owned(),
    })
    .run(At::Controller, "systemctl restart cinder-volume")
}
