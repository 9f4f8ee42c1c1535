//! What a target file may hold.

use crate::document::{self, Choice, Field, Record, Scalars, Shape, Word};

/// A target file.
pub(super) static TARGET: Record = Record {
    fields: &[
        Field::required("target", Shape::Name, "The name of the target."),
        Field::optional("summary", Shape::Text, "One sentence about it."),
        Field::optional(
            "simcloud",
            Shape::Record(&SIMCLOUD),
            "Starts the embedded cloud for the run; `${simcloud.…}` comes from it.",
        ),
        Field::required(
            "cloud",
            Shape::Text,
            "The cloud's entry in clouds.yaml, or `envvars` for the OS_* variables of the environment.",
        ),
        Field::optional(
            "clouds-file",
            Shape::Text,
            "The clouds.yaml to use in place of the usual search path.",
        ),
        Field::required(
            "backend",
            Shape::Text,
            "The backend to fail over, `host@backend`, as `os-services` names it.",
        ),
        Field::required(
            "driver",
            Shape::Text,
            "The driver profile: a built-in one, such as `rbd` or `pure-iscsi-async` (driver, protocol, mode), or the path \
             of a file with one. `cinder-drill drivers` lists them.",
        ),
        Field::required("sites", Shape::Record(&SITES), "The two storage clusters."),
        Field::optional(
            "volume-log",
            Shape::OneOrMore {
                noun: "a log",
                values: &Shape::Record(&VOLUME_LOG),
            },
            "The log of cinder-volume, which must run with `debug = True`; where several controllers run it, a list with the log \
             of each. Without it, reports say that it is not configured.",
        ),
        Field::optional(
            "compute-shells",
            Shape::Named {
                noun: "a compute host",
                values: &Shape::Choice(&SHELL),
            },
            "How to reach compute hosts, by their names. `preflight` asks them for libvirt's secrets and Nova's settings.",
        ),
        Field::default(
            "volume-name-template",
            Shape::Text,
            "volume-%s",
            "How Cinder names the images of volumes: its `volume_name_template`, with `%s` for the id.",
        ),
        Field::optional(
            "compute-tools",
            Shape::Record(&COMPUTE_TOOLS),
            "How compute hosts are asked, where their tools are in containers.",
        ),
        Field::required(
            "volume-types",
            Shape::Named {
                noun: "a volume type",
                values: &Shape::Choice(&VOLUME_TYPE),
            },
            "The volume types that scenarios may ask for, by the name that scenarios use.",
        ),
        Field::required(
            "guest",
            Shape::Record(&GUEST),
            "How servers are made, and how their guests are reached.",
        ),
        Field::optional(
            "replication-interval",
            Shape::Duration,
            "How long the driver may take to bring what was written to the other site. Where the storage cannot be asked, \
             `expect-replicated` waits for it in place of looking.",
        ),
        Field::optional(
            "before-failback",
            Shape::Record(&HOOK),
            "What makes the storage ready for a failback. Drivers whose failback is refused or loses data without it need it.",
        ),
        Field::default(
            "shared",
            Shape::Boolean,
            "false",
            "Whether the backend may hold foreign volumes. A failover moves them too; without this, a run refuses.",
        ),
        Field::optional(
            "snapshots",
            Shape::Text,
            "The folder of the snapshots of connection info, relative to this file. Without it they are not compared.",
        ),
        Field::optional(
            "faults",
            Shape::Record(&FAULTS),
            "How to make the faults that scenarios ask for with `lose`, and how to undo them. For one that is not here, the \
             run asks a person to make it, and waits. Messages show the commands: keep passwords out of them.",
        ),
        Field::optional("budgets", Shape::Record(&BUDGETS), "How long things may take."),
        Field::optional(
            "rto",
            Shape::Duration,
            "How long a server may wait for its data after a failover or failback: from the loss of a site, if a step lost one, else from \
             the request, until it has read and, if it does, written. For scenarios that do not say; without it, it is only measured.",
        ),
    ],
    one_of: &[],
};

static SIMCLOUD: Record = Record {
    fields: &[
        Field::default(
            "seed",
            Shape::Integer {
                minimum: 0,
                maximum: i64::MAX as i128,
            },
            "1",
            "The seed of all that varies in it.",
        ),
        Field::default("pace", Shape::Factor, "1.0", "Multiplies every delay in it."),
        Field::default(
            "release",
            Shape::Word(&RELEASES),
            "zed",
            "The generation of OpenStack and Ceph that it plays.",
        ),
        Field::optional(
            "broken",
            Shape::List {
                noun: "a misconfiguration",
                values: &Shape::Text,
            },
            "What is set up wrongly in it, to see what `cinder-drill preflight` says: `bare`, `peer-one-way`, …",
        ),
    ],
    one_of: &[],
};

/// As [`simcloud::Release`] names them.
static RELEASES: [Word; 3] = [
    Word {
        word: "zed",
        text: "OpenStack 2022.2 and Ceph 16, as Debian 12 has them.",
    },
    Word {
        word: "epoxy",
        text: "OpenStack 2025.1 and Ceph 18, as Debian 13 has them.",
    },
    Word {
        word: "gazpacho",
        text: "OpenStack 2026.1 and Ceph 20, as Debian 14 has them in the making.",
    },
];

static SITES: Record = Record {
    fields: &[
        Field::required(
            "primary",
            Shape::Record(&SITE),
            "The site where the backend is without a failover.",
        ),
        Field::optional(
            "secondary",
            Shape::Record(&SITE),
            "The site that takes over; a failover needs it.",
        ),
    ],
    one_of: &[],
};

static SITE: Record = Record {
    fields: &[
        Field::required("name", Shape::Text, "What people call the site."),
        Field::optional(
            "backend-id",
            Shape::Text,
            "The `backend_id` of the site: `default` for the primary one, that of `replication_device` for the secondary \
             one. Without it, the driver chooses.",
        ),
        Field::optional(
            "active-backend-id",
            Shape::Text,
            "What the service's `active_backend_id` says when the backend is there, if it is another word than `backend-id`.",
        ),
        Field::optional(
            "shell",
            Shape::Choice(&SHELL),
            "How to reach a shell there; needed to ask the storage itself.",
        ),
        Field::default(
            "prefix",
            Shape::AnyText,
            "",
            "Written before every command there, such as `cephadm shell --`.",
        ),
        Field::default(
            "rbd-arguments",
            Shape::AnyText,
            "",
            "Written after every `rbd`, such as `--cluster ceph --id cinder`.",
        ),
        Field::optional("pool", Shape::Text, "The RBD pool of the volumes."),
        Field::optional(
            "admin-arguments",
            Shape::AnyText,
            "Used instead of `rbd-arguments` for administrators' commands, and after every `ceph`: such as `--cluster \
             ceph --id admin`. `preflight` and `enable` use it.",
        ),
        Field::optional(
            "ceph-conf",
            Shape::Text,
            "The path of the cluster's ceph.conf on the host of cinder-volume, for the lines that `enable` prints.",
        ),
        Field::optional(
            "libvirt-secret",
            Shape::Text,
            "The UUID of libvirt's secret for the cluster on the compute hosts: `secret_uuid` in cinder.conf.",
        ),
        Field::optional(
            "connection",
            Shape::ConnectionFields,
            "What connection info says when it points here: the fields that name the site, with their values.",
        ),
    ],
    one_of: &[],
};

static SHELL: Choice = Choice::of(
    "kind of shell",
    &[
        Field::required("ssh", Shape::Record(&SSH), "A shell on another machine, over SSH."),
        Field::required(
            "command",
            Shape::Text,
            "A program on this machine that leads to a shell: it takes a command line as its last argument, such as \
             `ssh -o BatchMode=yes -o ControlPath=none site-a`. For what `ssh` cannot do; no secret is sent there. Messages and the \
             journal show it: keep passwords out of it.",
        ),
        Field::required(
            "local",
            Shape::Record(&Record {
                fields: &[],
                one_of: &[],
            }),
            "A shell on this machine: `{}`.",
        ),
    ],
);

static SSH: Record = Record {
    fields: &[
        Field::optional("address", Shape::Text, "`host` or `host:port`; needs `user`."),
        Field::optional(
            "host",
            Shape::Text,
            "An entry (`Host`) of `~/.ssh/config`, which says the rest, as OpenSSH itself reads it.",
        ),
        Field::optional(
            "config",
            Shape::Text,
            "The file that has the entry, in place of `~/.ssh/config`; relative to this file.",
        ),
        Field::optional("user", Shape::Text, "The user to log in as."),
        Field::optional(
            "key",
            Shape::Text,
            "The file of the private key, relative to this file; `~/` is the home directory. Without it, the SSH agent has the key. \
             A passphrase comes from the agent, from `CINDER_DRILL_PASSPHRASE`, or is asked for once.",
        ),
        Field::optional(
            "jump",
            Shape::Text,
            "Jump hosts, as `ssh -J` takes them: OpenSSH on this machine logs in there, as `~/.ssh/config` says.",
        ),
        Field::optional(
            "proxy-command",
            Shape::Text,
            "A program on this machine whose input and output are the connection, as OpenSSH's ProxyCommand; `%h`, `%p` and `%r` \
             stand for host, port and user.",
        ),
        Field::optional(
            "host-key",
            Shape::Text,
            "The key by which the machine is known: `SHA256:…` as `ssh-keygen -l` prints it, or the public key itself. Without \
             it, `~/.ssh/known_hosts` or `/etc/ssh/ssh_known_hosts` must have it. `accept-new` trusts whoever answers, unless \
             one of them has another key.",
        ),
    ],
    one_of: &[&["address", "host"]],
};

static HOOK: Record = Record {
    fields: &[
        Field::required("command", Shape::Text, "The command; it must succeed."),
        Field::required("shell", Shape::Choice(&SHELL), "How to reach the machine that has it."),
    ],
    one_of: &[],
};

static COMPUTE_TOOLS: Record = Record {
    fields: &[
        Field::default(
            "virsh",
            Shape::Text,
            "virsh",
            "How virsh is called there, such as `podman exec libvirt_virtqemud virsh`.",
        ),
        Field::default(
            "nova-conf",
            Shape::Text,
            "/etc/nova",
            "The folder of Nova's configuration there: nova.conf, and nova.conf.d beside it.",
        ),
        Field::optional(
            "prefix",
            Shape::Text,
            "What leads to virsh and to Nova's configuration there, such as `sudo` or `sudo podman exec nova_compute`.",
        ),
    ],
    one_of: &[],
};

static VOLUME_LOG: Record = Record {
    fields: &[
        Field::optional(
            "path",
            Shape::Text,
            "A file, by its absolute path. What rotations have put aside beside it is read, too: by a number (`.1`), by the date \
             (`-20261129`), compressed or not.",
        ),
        Field::optional("journal", Shape::Record(&JOURNAL), "systemd's journal."),
        Field::optional(
            "container",
            Shape::Record(&CONTAINER),
            "What the runtime of a container keeps, as `docker logs` shows it.",
        ),
        Field::optional(
            "pod",
            Shape::Record(&POD),
            "What Kubernetes keeps of pods, as `kubectl logs` shows it.",
        ),
        Field::optional(
            "command",
            Shape::Text,
            "A command that prints the log, or its end. `$SINCE` in it is the time since which lines matter, in seconds since 1970.",
        ),
        Field::required("shell", Shape::Choice(&SHELL), "How to reach the machine that has it."),
        Field::default(
            "prefix",
            Shape::AnyText,
            "",
            "Written before every command there, such as `sudo`.",
        ),
    ],
    one_of: &[&["path", "journal", "container", "pod", "command"]],
};

static JOURNAL: Record = Record {
    fields: &[Field::required(
        "unit",
        Shape::Text,
        "The unit of cinder-volume, such as `devstack@c-vol` or `openstack-cinder-volume`.",
    )],
    one_of: &[],
};

static CONTAINER: Record = Record {
    fields: &[
        Field::required(
            "engine",
            Shape::Word(&[
                Word {
                    word: "docker",
                    text: "Docker, or what is called so.",
                },
                Word {
                    word: "podman",
                    text: "Podman.",
                },
                Word {
                    word: "nerdctl",
                    text: "containerd.",
                },
            ]),
            "Its runtime.",
        ),
        Field::required("name", Shape::Text, "The container, such as `cinder_volume`."),
    ],
    one_of: &[],
};

static POD: Record = Record {
    fields: &[
        Field::required("namespace", Shape::Text, "The namespace, such as `openstack`."),
        Field::required(
            "selector",
            Shape::Text,
            "The labels of the pods, such as `application=cinder,component=volume`.",
        ),
        Field::optional(
            "container",
            Shape::Text,
            "The container in each of them, such as `cinder-volume`, if there are several.",
        ),
        Field::default(
            "client",
            Shape::Word(&[
                Word {
                    word: "kubectl",
                    text: "Kubernetes.",
                },
                Word {
                    word: "oc",
                    text: "OpenShift.",
                },
            ]),
            "kubectl",
            "What is called there.",
        ),
    ],
    one_of: &[],
};

static VOLUME_TYPE: Choice = Choice::of(
    "origin",
    &[
        Field::required("name", Shape::Text, "The name of a volume type that the cloud has."),
        Field::required(
            "create",
            Shape::Record(&Record {
                fields: &[
                    Field::required(
                        "volume-backend-name",
                        Shape::Text,
                        "The `volume_backend_name` of the backend.",
                    ),
                    Field::optional(
                        "extra-specs",
                        Shape::Texts,
                        "What else the type has, besides the extra specs that the driver's profile says.",
                    ),
                ],
                one_of: &[],
            }),
            "The run makes a type of its own, with `replication_enabled='<is> True'` and what else the driver's profile says, and \
             removes it.",
        ),
    ],
);

static GUEST: Record = Record {
    fields: &[
        Field::required(
            "image",
            Shape::Text,
            "The Glance image that scenarios call `guest`, by name.",
        ),
        Field::required("flavor", Shape::Text, "The flavor, by name."),
        Field::required("network", Shape::Text, "The network, by name."),
        Field::required("user", Shape::Text, "The user to log in as."),
        Field::required(
            "key",
            Shape::Text,
            "The file of the user's private key, relative to this file; `~/` is the home directory.",
        ),
        Field::default(
            "port",
            Shape::Integer {
                minimum: 1,
                maximum: 65535,
            },
            "22",
            "The TCP port of the guests' SSH server.",
        ),
        Field::optional(
            "jump",
            Shape::Text,
            "Jump hosts to the guests, as `ssh -J` takes them: OpenSSH on this machine logs in there, as `~/.ssh/config` says.",
        ),
        Field::optional(
            "proxy-command",
            Shape::Text,
            "A program on this machine whose input and output are the connection to a guest; `%h`, `%p` and `%r` stand for host, \
             port and user. For guests in a network namespace: `ssh network-1 sudo ip netns exec qdhcp-… nc %h %p`.",
        ),
        Field::default(
            "address",
            Shape::Word(&[
                Word {
                    word: "fixed",
                    text: "The address on the network.",
                },
                Word {
                    word: "floating",
                    text: "A floating address, which the run makes; needs `floating-network`.",
                },
            ]),
            "fixed",
            "Which of a server's addresses is reached.",
        ),
        Field::optional(
            "floating-network",
            Shape::Text,
            "The external network of floating addresses, by name.",
        ),
        Field::default(
            "privilege",
            Shape::Word(&[
                Word {
                    word: "direct",
                    text: "The user is root.",
                },
                Word {
                    word: "sudo",
                    text: "With `sudo -n`.",
                },
            ]),
            "direct",
            "How the user becomes root.",
        ),
        Field::optional(
            "keypair",
            Shape::Text,
            "A key pair that Nova has already, by name. Without it, the run imports the key's public half.",
        ),
    ],
    one_of: &[],
};

static FAULTS: Record = Record {
    fields: &[
        Field::optional(
            "shell",
            Shape::Choice(&SHELL),
            "Where the commands run that name no shell of their own. On this machine they begin in the folder of this file.",
        ),
        Field::optional(
            "primary-power",
            Shape::Record(&FAULT),
            "All daemons of the primary site die at once.",
        ),
        Field::optional(
            "primary-network",
            Shape::Record(&FAULT),
            "The primary site runs, and cannot be reached.",
        ),
        Field::optional(
            "primary-slow",
            Shape::Record(&FAULT),
            "The primary site answers slowly.",
        ),
        Field::optional(
            "secondary-power",
            Shape::Record(&FAULT),
            "All daemons of the secondary site die at once.",
        ),
        Field::optional(
            "secondary-network",
            Shape::Record(&FAULT),
            "The secondary site runs, and cannot be reached.",
        ),
        Field::optional(
            "secondary-slow",
            Shape::Record(&FAULT),
            "The secondary site answers slowly.",
        ),
        Field::optional(
            "link",
            Shape::Record(&FAULT),
            "The sites do not reach each other; clients reach both.",
        ),
        Field::optional(
            "primary-mirror-daemon",
            Shape::Record(&FAULT),
            "Every rbd-mirror of the primary site is dead.",
        ),
        Field::optional(
            "secondary-mirror-daemon",
            Shape::Record(&FAULT),
            "Every rbd-mirror of the secondary site is dead.",
        ),
        Field::optional(
            "volume-service-killed",
            Shape::Record(&FAULT),
            "cinder-volume of the backend is dead.",
        ),
        Field::optional(
            "volume-service-hung",
            Shape::Record(&FAULT),
            "cinder-volume of the backend is stopped, as by SIGSTOP.",
        ),
        Field::optional(
            "volume-service-killed-in-failover",
            Shape::Record(&FAULT),
            "cinder-volume of the backend dies in the middle of the next failover: `make` only gets ready for it.",
        ),
    ],
    one_of: &[],
};

static FAULT: Record = Record {
    fields: &[
        Field::optional(
            "shell",
            Shape::Choice(&SHELL),
            "Where its commands run, if elsewhere than those of the others.",
        ),
        Field::required("make", Shape::Text, "Makes it, and ends then."),
        Field::optional(
            "seen",
            Shape::Text,
            "Succeeds while it is in force. It adds to what the run sees itself: a site that is silent, a daemon or a \
             service that is reported down.",
        ),
        Field::required(
            "undo",
            Shape::Text,
            "Undoes it. A run that died may have it run twice, or where nothing was made: it must be harmless then.",
        ),
        Field::optional("undone", Shape::Text, "Succeeds once it is undone."),
    ],
    one_of: &[],
};

static BUDGETS: Record = Record {
    fields: &[
        Field::default("volume", Shape::Duration, "2m", "A volume becoming available."),
        Field::default("server", Shape::Duration, "5m", "A server becoming active."),
        Field::default("boot", Shape::Duration, "5m", "A guest answering over SSH."),
        Field::default("failover", Shape::Duration, "5m", "A failover or a failback."),
        Field::default(
            "shelve",
            Shape::Duration,
            "5m",
            "A shelve, an unshelve, a stop or a start of a server, each.",
        ),
        Field::default("attach", Shape::Duration, "2m", "An attach or a detach."),
        Field::default("replication", Shape::Duration, "5m", "Data arriving at the other site."),
        Field::default(
            "command",
            Shape::Duration,
            "60s",
            "One command over SSH, or one question to an API.",
        ),
        Field::default("delete", Shape::Duration, "2m", "Something going away."),
    ],
    one_of: &[],
};

/// The reference of target files as Markdown. It is made of the tables that files are checked with.
#[must_use]
pub fn reference() -> String {
    document::Reference::of(
        "Target files",
        "A target says where scenarios run: a cloud, a backend, its two sites, and how to reach the guests. `${env.NAME}` \
         stands for a variable of the environment anywhere in it. `fixtures/targets/example.yaml` is one with comments.",
        &TARGET,
        &|_| None,
    )
}

/// The JSON Schema of a target file. It is made of the tables that files are checked with.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    document::schema(
        "cinder-drill target",
        "Where scenarios run: a cloud, a backend, its two sites, and how to reach the guests. `${env.NAME}` stands for a \
         variable of the environment.",
        &TARGET,
        Scalars::Templates,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Need;
    use crate::targets::{BudgetName, Budgets};

    #[test]
    fn the_defaults_of_the_table_are_those_of_the_budgets() {
        let budgets = Budgets::default();
        assert_eq!(BUDGETS.fields.len(), BudgetName::ALL.len());
        for name in BudgetName::ALL {
            let field = BUDGETS
                .fields
                .iter()
                .find(|field| field.key == name.key())
                .expect("a field of each budget");
            let Need::Default(default) = field.need else {
                panic!("{} has no default", field.key)
            };
            assert_eq!(document::duration(default), Ok(budgets.get(name)), "{}", field.key);
        }
    }

    #[cfg(feature = "simcloud")]
    #[test]
    fn the_releases_are_those_that_simcloud_plays() {
        let played: Vec<&str> = simcloud::Release::ALL.iter().map(|release| release.name()).collect();
        assert_eq!(RELEASES.map(|release| release.word).to_vec(), played);
    }
}
