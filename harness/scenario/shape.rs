//! What a scenario file may hold.

use super::needs::NEEDS;
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
            "The scenario that this one continues. Run alone, this one runs that one first; they share all resources.",
        ),
        Field::default(
            "only-by-name",
            Shape::Boolean,
            "false",
            "Whether it runs only when its file is named: it makes lasting changes.",
        ),
        Field::optional(
            "rto",
            Shape::Duration,
            "How long a server may wait for its data after a failover or failback: from the loss of a site, if a step lost one, else from \
             the request, until it has read and, if it does, written. More fails the scenario, and so does a server that never reads. The target's `rto` stands in for it.",
        ),
        Field::optional(
            "tags",
            Shape::OneOrMore {
                noun: "a tag",
                values: &Shape::Name,
            },
            "Words by which it can be selected: `--tag WORD`.",
        ),
        Field::optional(
            "needs",
            Shape::OneOrMore {
                noun: "what it needs",
                values: &Shape::Word(&NEEDS),
            },
            "What the target must have. If it lacks that, the scenario is skipped, and every report says why; a skipped \
             scenario is not a pass.",
        ),
        Field::optional(
            "matrix",
            Shape::Named {
                noun: "a variable",
                values: &Shape::List {
                    noun: "a value",
                    values: &Shape::Scalar,
                },
            },
            "One scenario for each combination of these values: `${NAME}` in a text stands for the value. Each is a test of its own, \
             called by its values: `NAME[ext4,shelve]`. What continues this scenario has the same combinations.",
        ),
        RESOURCES_FIELD,
        Field::required("steps", steps(), "What happens and what must hold, in this order."),
    ],
    one_of: &[],
};

/// A file of steps that several scenarios use.
pub(super) static PART: Record = Record {
    fields: &[
        Field::required("part", Shape::Text, "What it does, in one sentence."),
        RESOURCES_FIELD,
        Field::required("steps", steps(), "What takes the place of the step that uses it."),
    ],
    one_of: &[],
};

const RESOURCES_FIELD: Field = Field::optional(
    "resources",
    Shape::Record(&RESOURCES),
    "Created before the first step, removed after the last one.",
);

const fn steps() -> Shape {
    Shape::List {
        noun: "a step",
        values: &STEP_OR_MORE,
    }
}

/// As a place, so that steps may hold steps.
static STEPS: Shape = steps();

static STEP_OR_MORE: Shape = Shape::Choice(&STEP);

/// A step, or what stands for several.
static STEP: Choice = Choice {
    forms: &[&REPEAT, &USE],
    ..step::STEP
};

/// How often a group is repeated at most.
const MOST_ROUNDS: i128 = 1_000;

static REPEAT: Record = Record {
    fields: &[
        Field::required(
            "repeat",
            Shape::Integer {
                minimum: 1,
                maximum: MOST_ROUNDS,
            },
            "How often the steps below run; `${round}` in them counts from 1.",
        ),
        Field::required(
            "steps",
            Shape::Again {
                noun: "steps",
                shape: &STEPS,
                pointer: "#/properties/steps",
            },
            "The steps of a round.",
        ),
    ],
    one_of: &[],
};

static USE: Record = Record {
    fields: &[Field::required(
        "use",
        Shape::Text,
        "The file of a part, below this folder: its steps take the place of this one, and its resources are made too.",
    )],
    one_of: &[],
};

/// How many copies a resource may have.
const COUNT: Field = Field::optional(
    "count",
    Shape::Integer {
        minimum: 1,
        maximum: 2_000,
    },
    "So many of them, called `NAME-1`, `NAME-2`, …; `each NAME` in a step means all, one after the other, and `${number}` \
     counts.",
);

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
                values: &Shape::Record(&SERVER),
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
        COUNT,
    ],
    one_of: &[],
};

static SERVER: Record = Record {
    fields: &[
        Field::optional(
            "boot",
            Shape::NameOrEach,
            "The volume that it boots from; the volume needs an `image`. Copies boot from `each NAME`: the first from the first.",
        ),
        Field::optional(
            "image",
            Shape::Text,
            "The Glance image that Nova makes its disk from, by name; `guest` is the target's guest image.",
        ),
        COUNT,
    ],
    one_of: &[&["boot", "image"]],
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
        "What must exist, the steps, and what must hold. One file is one test, or one for each combination of its matrix.",
        &SCENARIO,
        Scalars::Templates,
    )
}

/// The JSON Schema of a part: a file of steps that scenarios use.
#[must_use]
pub fn part_json_schema() -> serde_json::Value {
    document::schema(
        "cinder-drill part of scenarios",
        "Steps that several scenarios share, and the resources that they need.",
        &PART,
        Scalars::Templates,
    )
}
