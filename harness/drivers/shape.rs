//! What a driver profile's file may hold.

use crate::document::{self, Field, Record, Scalars, Shape, Word};

const TEXTS: Shape = Shape::List {
    noun: "a text",
    values: &Shape::Text,
};
const FIELDS: Shape = Shape::List {
    noun: "a field of connection info",
    values: &Shape::Text,
};

/// A driver profile's file.
pub(super) static FILE: Record = Record {
    fields: &[
        Field::required(
            "driver",
            Shape::Text,
            "The driver's name. A target's `driver` is this, then the protocol if there are several, then the mode if there are \
             several: `pure-iscsi-async`.",
        ),
        Field::required("title", Shape::Text, "Who makes the storage, and what it is."),
        Field::optional(
            "classes",
            TEXTS,
            "The Python classes that it is for: `volume_driver` in cinder.conf.",
        ),
        Field::optional(
            "matrix",
            TEXTS,
            "The driver's keys in Cinder's `support-matrix.ini`, without `driver.`.",
        ),
        Field::optional(
            "read-at",
            Shape::Text,
            "The commit of Cinder, or the release, at which all this was read.",
        ),
        Field::default("moves", Shape::Word(&MOVES), "backend", "What the driver can move."),
        Field::optional(
            "because",
            Shape::Text,
            "Why it cannot move a backend, if so. Shown where a target names it.",
        ),
        Field::optional(
            "storage",
            Shape::Word(&[Word {
                word: "rbd",
                text: "With `rbd` and `ceph`, over the shells of the target's sites.",
            }]),
            "How the storage can be asked. Without it, steps that ask it are skipped, and reports say so.",
        ),
        Field::optional(
            "protocols",
            PROTOCOLS,
            "Its protocols, by name, and what connection info means with each.",
        ),
        Field::optional("modes", MODES, "Its modes of replication, by name."),
        Field::optional(
            "failover",
            Shape::Record(&FAILOVER),
            "What a failover needs, and what is seen of it.",
        ),
        Field::optional("failback", Shape::Record(&FAILBACK), "The failback."),
        Field::optional(
            "refuses",
            Shape::List {
                noun: "a word",
                values: &Shape::Word(&REFUSES),
            },
            "What the driver does not do with replicated volumes, by its own documentation: a certification does not ask for it.",
        ),
        Field::optional(
            "groups",
            Shape::Record(&GROUPS),
            "What it does with groups of volumes. Without it, nothing.",
        ),
        Field::optional(
            "active-active",
            Shape::Record(&ACTIVE_ACTIVE),
            "How it behaves in a cluster of several cinder-volume services. Without it, the driver does not support one.",
        ),
        Field::optional(
            "extra-specs",
            Shape::Texts,
            "What a volume type needs besides `replication_enabled='<is> True'`. A type that a run makes gets it.",
        ),
        Field::default(
            "replication-enabled-spec",
            Shape::Boolean,
            "true",
            "Whether a replicated volume type has `replication_enabled='<is> True'`.",
        ),
        Field::optional(
            "replication-device",
            Shape::Record(&REPLICATION_DEVICE),
            "What `replication_device` in cinder.conf holds.",
        ),
        Field::default(
            "targets-in-stats",
            Shape::Word(&[
                Word {
                    word: "backend-ids",
                    text: "The ids that `failover-host` takes. A run sends no other.",
                },
                Word {
                    word: "others",
                    text: "Something else, such as serial numbers: nothing is looked for among them.",
                },
            ]),
            "backend-ids",
            "What the pool says as `replication_targets`.",
        ),
        Field::optional(
            "sources",
            TEXTS,
            "Where all this was read: files of Cinder with lines, or documents.",
        ),
        Field::optional("notes", TEXTS, "What else is peculiar, for people."),
    ],
    one_of: &[],
};

static REFUSES: [Word; 2] = [
    Word {
        word: "retype",
        text: "A retype from or to a replicated type.",
    },
    Word {
        word: "work-while-away",
        text: "Making and extending volumes and making snapshots while the backend is failed over.",
    },
];

static MOVES: [Word; 3] = [
    Word {
        word: "backend",
        text: "A backend, by `failover-host`.",
    },
    Word {
        word: "groups",
        text: "Groups of volumes only.",
    },
    Word {
        word: "nothing",
        text: "Nothing, whatever the support matrix says.",
    },
];

const PROTOCOLS: Shape = Shape::Named {
    noun: "a protocol",
    values: &Shape::Record(&PROTOCOL),
};
const MODES: Shape = Shape::Named {
    noun: "a mode",
    values: &Shape::Record(&MODE),
};
const IN_MODE: Shape = Shape::Named {
    noun: "a mode",
    values: &Shape::Record(&RULES),
};

/// What connection info means in one mode only.
static RULES: Record = Record {
    fields: &[SITE, VOLUME_AT_SITE, KEEP, MAY_CHANGE, BOTH_SITES],
    one_of: &[],
};

const SITE: Field = Field::optional(
    "site",
    FIELDS,
    "The fields that name the site: a failover changes them, where the sites have different values. If none does, write \
     none: then only the storage can tell the sites apart.",
);
const VOLUME_AT_SITE: Field = Field::optional(
    "volume-at-site",
    FIELDS,
    "The fields that name the volume on the array: another one at the other site. Nobody can declare them in advance, so \
     they identify no site.",
);
const KEEP: Field = Field::optional(
    "keep",
    FIELDS,
    "The fields that a failover does not change: what names the volume, and how it is used. Those that Cinder's manager adds to \
     every connection are known.",
);
const MAY_CHANGE: Field = Field::optional(
    "may-change",
    FIELDS,
    "The fields that may change or not. So may those that are not listed at all.",
);
const BOTH_SITES: Field = Field::default(
    "both-sites",
    Shape::Boolean,
    "false",
    "Whether connection info leads to both sites at once: after a failover, at least to the one that took over.",
);

static PROTOCOL: Record = Record {
    fields: &[
        Field::required(
            "driver-volume-type",
            Shape::Text,
            "What connection info has as `driver_volume_type`.",
        ),
        SITE,
        VOLUME_AT_SITE,
        KEEP,
        MAY_CHANGE,
        BOTH_SITES,
        Field::optional("unordered", FIELDS, "The fields whose lists have no order."),
        Field::optional(
            "paired",
            Shape::List {
                noun: "a group of fields",
                values: &FIELDS,
            },
            "Fields whose lists belong together, a group at a time: what stands at one place in them is one portal.",
        ),
        Field::optional(
            "random",
            FIELDS,
            "The fields that change with each attachment: the target declares a list, of which any value is right.",
        ),
        Field::optional(
            "may-be-absent",
            FIELDS,
            "The fields that the driver gives only sometimes, such as with multipath or with auto-zoning.",
        ),
        Field::optional(
            "secrets",
            FIELDS,
            "The fields that are secrets. Nothing shows their values.",
        ),
        Field::optional(
            "image",
            Shape::Text,
            "The field that names the volume's image, `POOL/IMAGE`, if the driver has one.",
        ),
        Field::optional(
            "in-mode",
            IN_MODE,
            "What differs in some of the modes, by the mode's name.",
        ),
        Field::optional("sources", TEXTS, "Where it was read."),
        Field::optional("notes", TEXTS, "What else is peculiar, for people."),
    ],
    one_of: &[],
};

static MODE: Record = Record {
    fields: &[
        Field::required("about", Shape::Text, "What it is, in the vendor's words."),
        Field::required(
            "asynchronous",
            Shape::Boolean,
            "Whether writes are acknowledged before the other site has them, so that an unplanned failover may lose the last ones.",
        ),
        Field::optional(
            "extra-specs",
            Shape::Texts,
            "What a volume type needs in this mode, besides those of the driver.",
        ),
        Field::optional(
            "needs-extra-specs",
            TEXTS,
            "The extra specs whose values only the cloud's administrator knows, such as the name of a policy: a target whose runs make \
             a volume type must give them.",
        ),
        Field::optional(
            "failback",
            Shape::Record(&FAILBACK),
            "The failback in this mode, if it is another than the driver's.",
        ),
    ],
    one_of: &[],
};

static FAILOVER: Record = Record {
    fields: &[
        Field::default(
            "backend-id",
            Shape::Word(&[
                Word {
                    word: "required",
                    text: "Without it, the driver refuses.",
                },
                Word {
                    word: "optional",
                    text: "Without it, the driver chooses.",
                },
                Word {
                    word: "leave-out",
                    text: "It is to be left out.",
                },
            ]),
            "optional",
            "Whether `failover-host` names its target.",
        ),
        Field::default(
            "unknown-backend-id",
            Shape::Word(&[
                Word {
                    word: "refused",
                    text: "The service is as before.",
                },
                Word {
                    word: "breaks",
                    text: "The service ends in `failover-error`, and is disabled.",
                },
                Word {
                    word: "accepted",
                    text: "It is taken for the only target that there is.",
                },
            ]),
            "refused",
            "What happens if an unknown one is sent.",
        ),
        Field::optional(
            "active-backend-id",
            Shape::Text,
            "What the service's `active_backend_id` says after a failover without `backend_id`. Otherwise it is the one that was sent.",
        ),
        Field::default(
            "volumes",
            Shape::Text,
            "failed-over",
            "What the volumes' `replication_status` says after a failover.",
        ),
        Field::optional("sources", TEXTS, "Where it was read."),
    ],
    one_of: &[],
};

static FAILBACK: Record = Record {
    fields: &[
        Field::default(
            "by",
            Shape::Word(&[
                Word {
                    word: "default",
                    text: "`failover-host --backend_id default`.",
                },
                Word {
                    word: "again",
                    text: "A failover like the first one; `default` is refused.",
                },
                Word {
                    word: "never",
                    text: "There is none through Cinder.",
                },
            ]),
            "default",
            "How it is asked for.",
        ),
        Field::default(
            "volumes",
            Shape::Text,
            "enabled",
            "What the volumes' `replication_status` says after a failback.",
        ),
        Field::optional(
            "before",
            Shape::Text,
            "What a person has to do on the storage before. A run says it before it asks for a failback.",
        ),
        Field::default(
            "when",
            Shape::Word(&[
                Word {
                    word: "always",
                    text: "Before every failback.",
                },
                Word {
                    word: "unplanned",
                    text: "Only if the primary site was dead at the failover.",
                },
            ]),
            "always",
            "After which failovers that is needed.",
        ),
        Field::default(
            "without-that",
            Shape::Word(&[
                Word {
                    word: "fails-back",
                    text: "The driver does what is needed.",
                },
                Word {
                    word: "refused",
                    text: "The driver refuses the failback, and the backend stays away.",
                },
                Word {
                    word: "loses-writes",
                    text: "The failback succeeds, and what was written at the other site is lost.",
                },
                Word {
                    word: "volumes-fail",
                    text: "The volumes go to `error`: Cinder cannot fail them back.",
                },
            ]),
            "fails-back",
            "What a failback does if nobody did that.",
        ),
        Field::optional("sources", TEXTS, "Where it was read."),
    ],
    one_of: &[],
};

static GROUPS: Record = Record {
    fields: &[
        Field::required(
            "failover",
            Shape::Boolean,
            "Whether it can replicate a group and fail it over alone.",
        ),
        Field::default(
            "consistent-only",
            Shape::Boolean,
            "false",
            "Whether only groups whose type has `consistent_group_replication_enabled`.",
        ),
        Field::optional(
            "connection-moves",
            Shape::Boolean,
            "Whether connection info leads to the other site after a group was failed over. Without it, nobody knows.",
        ),
        Field::default(
            "claimed-without-code",
            Shape::Boolean,
            "false",
            "Whether the driver says that it can, and has no code for it: such a group stays `enabling`.",
        ),
        Field::optional("sources", TEXTS, "Where it was read."),
    ],
    one_of: &[],
};

static ACTIVE_ACTIVE: Record = Record {
    fields: &[
        Field::required(
            "claimed",
            Shape::Boolean,
            "Whether the class sets `SUPPORTS_ACTIVE_ACTIVE`.",
        ),
        Field::optional(
            "fails-back",
            Shape::Boolean,
            "Whether it fails back from a failover of a cluster: Cinder tells the driver so with an empty `backend_id`. Without it, \
             nobody knows.",
        ),
        Field::optional("because", Shape::Text, "Why not, or what else is known."),
        Field::optional("sources", TEXTS, "Where it was read."),
    ],
    one_of: &[],
};

static REPLICATION_DEVICE: Record = Record {
    fields: &[
        Field::optional("required", TEXTS, "The keys that must be there."),
        Field::optional("optional", TEXTS, "The keys that may be there."),
        Field::optional("secrets", TEXTS, "The keys whose values are secrets."),
        Field::optional(
            "most",
            Shape::Integer {
                minimum: 1,
                maximum: 100,
            },
            "How many there may be. Without it, any number.",
        ),
        Field::optional("sources", TEXTS, "Where it was read."),
    ],
    one_of: &[],
};

/// The reference of driver profiles as Markdown. It is made of the tables that files are checked with.
#[must_use]
pub fn reference() -> String {
    document::Reference::of(
        "Driver profile files",
        "A driver profile says what a Cinder driver does in a failover, and what its connection info means. \
         [Writing a driver profile](writing-a-driver-profile.md) explains how to make one.",
        &FILE,
        &|_| None,
    )
}

/// The JSON Schema of a driver profile's file. It is made of the tables that files are checked with.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    document::schema(
        "cinder-drill driver profile",
        "What a Cinder driver does in a failover, and what its connection info means, with each of its protocols and modes.",
        &FILE,
        Scalars::Plain,
    )
}
