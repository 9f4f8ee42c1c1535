//! What a scenario file may hold.

use crate::document::{self, Choice, Field, Record, Scalars, Shape};
use crate::step;

/// A scenario file.
pub(super) static SCENARIO: Record = Record {
    fields: &[
        Field::required(
            "scenario",
            Shape::Name,
            "The name of the scenario: the stem of this file and the name of its test.",
        ),
        Field::required("summary", Shape::Text, "What it proves, in one sentence."),
        Field::optional(
            "continues",
            Shape::Name,
            "The scenario that this one goes on from. Run alone, this one runs that one first; they share all resources.",
        ),
        Field::default(
            "only-by-name",
            Shape::Boolean,
            "false",
            "Whether it runs only when its file is named: it makes lasting changes.",
        ),
        Field::optional(
            "resources",
            Shape::Record(&RESOURCES),
            "Created before the first step, removed after the last one.",
        ),
        Field::required(
            "steps",
            Shape::List {
                noun: "a step",
                values: &Shape::Choice(&STEP),
            },
            "What is done and what must hold, in this order.",
        ),
    ],
    one_of: &[],
};

static RESOURCES: Record = Record {
    fields: &[
        Field::optional(
            "volumes",
            Shape::Named {
                noun: "a volume",
                values: &Shape::Record(&VOLUME),
            },
            "Volumes on the target's backend.",
        ),
        Field::optional(
            "servers",
            Shape::Named {
                noun: "a server",
                values: &Shape::Choice(&SERVER),
            },
            "Servers; their guests are reached over SSH.",
        ),
    ],
    one_of: &[],
};

/// A volume.
pub(super) static VOLUME: Record = Record {
    fields: &[
        Field::required("type", Shape::Name, "A name of the target's `volume-types`."),
        Field::required("size", Shape::Size, "Its size in whole GiB, such as `1GiB`."),
        Field::optional(
            "image",
            Shape::Text,
            "The Glance image that it is made from, by name; `guest` is the target's guest image.",
        ),
    ],
    one_of: &[],
};

static SERVER: Choice = Choice {
    noun: "way to boot",
    options: &[
        Field::required(
            "boot",
            Shape::Name,
            "The volume that it boots from; the volume needs an `image`.",
        ),
        Field::required(
            "image",
            Shape::Text,
            "The Glance image that Nova makes its disk from, by name; `guest` is the target's guest image.",
        ),
    ],
};

/// A step: one verb and its arguments.
static STEP: Choice = Choice {
    noun: "verb",
    options: &step::FIELDS,
};

/// The reference of scenario files as Markdown. It is made of the tables that files are checked with.
#[must_use]
pub fn reference() -> String {
    document::Reference::of(
        "Scenario files",
        "A scenario says what must exist, the steps, and what must hold. One file is one test; its name is the stem of \
         the file. Names are made of letters `a` to `z`, digits and inner hyphens. `cinder-drill check` reports its \
         faults, and `cinder-drill plan` shows what it would do.",
        &SCENARIO,
        &|field| {
            let verb = step::verb(field.key)?;
            let checks = if verb.checks {
                "It checks something."
            } else {
                "It checks nothing by itself."
            };
            let change = verb.change.map_or_else(
                || "It changes nothing.".to_owned(),
                |change| format!("It changes {change}; a change is sent once, never again."),
            );
            Some(format!(
                "{checks} {change} Its budget is the target's `budgets.{}`.",
                verb.budget.key()
            ))
        },
    )
}

/// The JSON Schema of a scenario file. It is made of the tables that files are checked with.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    document::schema(
        "cinder-drill scenario",
        "What must exist, the steps, and what must hold. One file is one test.",
        &SCENARIO,
        Scalars::Plain,
    )
}
