//! Can the cinder-volume log be read, and is it at debug level?

use super::super::{Asked, At, Check, Facts, Finding, Fix, Group, LogTail, Unasked};
use crate::connection::CONNECTION_LINE;
use crate::counted::{by_count, counted};

pub(super) static CHECK: Check = Check {
    name: "volume-log",
    question: "Can the cinder-volume log be read, and is it at debug level?",
    group: Group::Drill,
    essential: false,
    judge,
};

fn judge(facts: &Facts) -> Finding {
    if facts.logs.is_empty() {
        return Finding::unasked(&Unasked::no_way(
            "the target names no volume-log",
            "add `volume-log: { path: /var/log/cinder/cinder-volume.log, shell: … }` to the target",
        ));
    }
    // Either controller may serve the next attachment.
    Finding::worst(facts.logs.iter().map(|(path, tail)| of_one(path, tail)).collect())
}

fn of_one(path: &str, tail: &Asked<LogTail>) -> Finding {
    let tail = match tail {
        Ok(tail) => tail,
        Err(unasked) => {
            return Finding::problem(unasked.reason.clone()).fix(Fix::Do(
                "set `volume-log` in the target to the log of cinder-volume, and a shell that may read it; without the \
                 block the API is the only witness"
                    .to_owned(),
            ));
        }
    };
    if tail.debug_lines > 0 {
        return Finding::ok(format!("{path} can be read, and is at debug level"));
    }
    if tail.lines == 0 {
        return Finding::warning(format!(
            "{path} is empty, so it is not known whether it is at debug level"
        ))
        .fix(Fix::Do("is this the file that cinder-volume writes to?".to_owned()));
    }
    if tail.lines_with_level == 0 {
        return Finding::warning(format!(
            "the last {} of {path} {} not understood: none names a level; check yourself whether the log is \
             at debug level",
            counted(tail.lines, "line"),
            by_count(tail.lines, "is", "are")
        ))
        .fix(Fix::Do(format!(
            "is this the file that cinder-volume writes to? It must hold lines with `{CONNECTION_LINE}`"
        )));
    }
    Finding::problem(format!(
        "{path} has no DEBUG line among its last {}: the line with connection info is logged at DEBUG only",
        counted(tail.lines, "line")
    ))
    .fix(Fix::Write {
        file: "cinder.conf, section [DEFAULT]".to_owned(),
        line: "debug = True".to_owned(),
    })
    .run(At::Controller, "systemctl restart cinder-volume")
}
