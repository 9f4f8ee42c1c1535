//! From the text of a file to a target.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::left_open::left_open;
use super::paths::resolve;
use super::shape::TARGET;
use super::{
    BudgetName, Budgets, CloudSource, ComputeTools, DeclaredFault, Driver, Fault, Guest, GuestAddress, LogSource,
    MOST_VOLUME_LOGS, Privilege, Shell, SimcloudSettings, Site, SiteConnection, Sites, SshAddress, SshEntry, SshShell,
    StorageHook, Target, TargetName, Variables, VolumeLog, VolumeNameTemplate, VolumeType, VolumeTypeOrigin,
};
use crate::cloud::{BackendHost, FAILBACK_ID};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap, near_miss};
use crate::document::{self, Fields, Files, Node, Placed, Shape, Value};
use crate::drivers::{self, BackendIdRule, DriverFile, DriverProfile, FailbackBy, Moves, NoProfile};
use crate::embedded::{self, ABSENT, Misconfiguration};
use crate::shell::{HostKeyRule, Trust, Via};

/// Reads a target and finds every fault of the file.
pub(super) fn read(
    files: &dyn Files,
    file: &Arc<str>,
    text: &str,
    variables: &Variables,
    sources: &mut SourceMap,
) -> Result<Target, Diagnostics> {
    let help = "a target begins with `target: NAME`";
    let mut root = document::parse_whole(file, text, "expected a target", help)?;
    let start = root.start().clone();
    let mut faults = Diagnostics::default();
    let has_simcloud = Fields::of(&root).get("simcloud").is_some();
    variables.render(&mut root, has_simcloud, &mut faults);
    left_open(&mut root, None, &mut faults);
    document::check(&root, &Shape::Record(&TARGET), ("the target", &start), &mut faults);
    let mut reader = Reader {
        files,
        path: Path::new(&**file),
        variables,
        sources,
        faults,
    };
    let target = reader.target(Fields::of(&root));
    match target {
        Some(target) if !reader.faults.has_errors() => Ok(target),
        _ => Err(reader.faults),
    }
}

struct Reader<'a> {
    files: &'a dyn Files,
    path: &'a Path,
    variables: &'a Variables,
    sources: &'a mut SourceMap,
    faults: Diagnostics,
}

impl Reader<'_> {
    /// None only if the check found a fault. Every part is read before one that is missing is given up on.
    fn target(&mut self, fields: Fields<'_>) -> Option<Target> {
        let backend = fields.text("backend").and_then(|backend| self.backend(&backend));
        let driver = fields.text("driver").and_then(|driver| self.driver(&driver));
        let sites = fields.record("sites");
        let primary = sites
            .and_then(|sites| sites.get("primary"))
            .and_then(|site| self.site(site));
        let secondary = sites
            .and_then(|sites| sites.get("secondary"))
            .and_then(|site| self.site(site));
        if let Some(sites) = sites {
            self.backend_ids(sites);
        }
        if let (Some(driver), Some(sites)) = (&driver, sites) {
            self.fits_driver(&driver.profile, sites, fields);
        }
        let volume_logs = self.volume_logs(fields);
        let guest = fields.record("guest").and_then(|guest| self.guest(guest));
        let compute_shells = self.compute_shells(fields);
        let faults = self.declared_faults(fields);
        let simcloud = fields
            .get("simcloud")
            .map(Fields::of)
            .map(|fields| self.simcloud(fields));
        Some(Target {
            name: TargetName(fields.text("target")?.value),
            summary: fields.text("summary").map(|summary| summary.value),
            file: self.path.to_owned(),
            simcloud,
            cloud: match fields.text("cloud")?.value {
                word if word == "envvars" => CloudSource::Environment,
                name => CloudSource::Named(name),
            },
            clouds_file: fields
                .text("clouds-file")
                .map(|file| resolve(&file.value, self.path, self.variables)),
            backend: backend?,
            driver: driver?,
            sites: Sites {
                primary: primary?,
                secondary,
            },
            volume_logs,
            compute_shells,
            volume_name_template: self.volume_name_template(fields)?,
            compute_tools: compute_tools(fields.record("compute-tools")),
            volume_types: fields.record("volume-types").map(volume_types)?,
            guest: guest?,
            replication_interval: fields.duration("replication-interval"),
            before_failback: fields.record("before-failback").and_then(|hook| self.hook(hook)),
            shared: fields.boolean("shared").unwrap_or(false),
            snapshots: fields
                .text("snapshots")
                .map(|folder| resolve(&folder.value, self.path, self.variables)),
            faults,
            budgets: budgets(fields.record("budgets")),
            rto: fields.duration("rto"),
        })
    }

    fn backend(&mut self, backend: &Placed<String>) -> Option<BackendHost> {
        let pool = backend.value.contains('#');
        if let (Ok(parsed), false) = (backend.value.parse(), pool) {
            return Some(parsed);
        }
        self.faults.push(
            Diagnostic::error(
                "bad-backend",
                format!("`{}` is not a backend", backend.value.escape_debug()),
            )
            .at(&backend.at, "expected `host@backend`")
            .help(if pool {
                "leave out `#` and what follows: a failover moves the whole backend, not a pool"
            } else {
                "`openstack volume service list` shows it in the row of cinder-volume"
            }),
        );
        None
    }

    fn volume_name_template(&mut self, fields: Fields<'_>) -> Option<VolumeNameTemplate> {
        let Some(text) = fields.text("volume-name-template") else {
            return Some(VolumeNameTemplate::default());
        };
        let template = VolumeNameTemplate::new(&text.value);
        if template.is_none() {
            self.faults.push(
                Diagnostic::error(
                    "bad-volume-name-template",
                    format!("`{}` is not a name template", text.value.escape_debug()),
                )
                .at(&text.at, "expected one `%s`, which stands for the volume's id")
                .help("write what cinder.conf has as `volume_name_template`, or leave it out for `volume-%s`"),
            );
        }
        template
    }

    fn driver(&mut self, driver: &Placed<String>) -> Option<Driver> {
        // No name of a driver has these.
        let found = if driver.value.contains(['/', '.']) {
            self.driver_of_file(driver)?
        } else {
            let text = |profile: &DriverProfile| drivers::text_of(&profile.driver).unwrap_or_default().into();
            drivers::named(&driver.value).map(|profile| (profile.clone(), text(profile)))
        };
        match found {
            Ok((profile, text)) => Some(Driver {
                called: driver.value.clone(),
                profile: Arc::new(profile),
                text,
            }),
            Err(fault) => {
                self.no_profile(&fault, driver);
                None
            }
        }
    }

    /// The profile of a file, `my-array.yaml`; of several, the one after `#`: `my-array.yaml#my-array-iscsi-async`. None if the
    /// file has faults, which are among the target's.
    fn driver_of_file(&mut self, driver: &Placed<String>) -> Option<Result<(DriverProfile, Arc<str>), NoProfile>> {
        let (path, name) = match driver.value.split_once('#') {
            Some((path, name)) => (path, Some(name)),
            None => (driver.value.as_str(), None),
        };
        let path = resolve(path, self.path, self.variables);
        let bytes = match self.files.read(&path) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.faults.push(
                    Diagnostic::error(
                        "unreadable",
                        format!("cannot read the driver profile {}: {error}", path.display()),
                    )
                    .at(&driver.at, "")
                    .note("a relative path begins in the folder of the target's file"),
                );
                return None;
            }
        };
        let file: Arc<str> = path.to_string_lossy().into();
        let read = document::decode(&file, bytes).and_then(|text| {
            self.sources.insert(file.clone(), text.clone());
            Ok((DriverFile::read(&file, &text)?, text))
        });
        match read {
            Ok((read, text)) => {
                let profile = read.profile(name.unwrap_or(&read.driver));
                Some(profile.map(|profile| (profile.clone(), text)))
            }
            Err(faults) => {
                self.faults.extend(faults);
                None
            }
        }
    }

    fn no_profile(&mut self, fault: &NoProfile, driver: &Placed<String>) {
        self.faults.push(
            Diagnostic::error("unknown-driver", fault.summary())
                .at(&driver.at, "")
                .note(fault.note())
                .help_if(fault.help()),
        );
    }

    /// What the driver's profile asks of the target.
    fn fits_driver(&mut self, profile: &DriverProfile, sites: Fields<'_>, fields: Fields<'_>) {
        if let Some(secondary) = sites.record("secondary") {
            let name = secondary.text("name").map(|name| name.at);
            let id = secondary.text("backend-id");
            match (profile.backend_id, id, name) {
                (BackendIdRule::Required, None, Some(at)) if profile.moves == Moves::Backend => self.faults.push(
                    Diagnostic::error(
                        "bad-backend-id",
                        format!("the driver {} refuses a failover that names no target", profile.name),
                    )
                    .at(&at, "this site has no `backend-id`")
                    .help("take `backend_id` of `replication_device` in cinder.conf"),
                ),
                (BackendIdRule::LeaveOut, Some(id), _) => self.faults.push(
                    Diagnostic::error(
                        "bad-backend-id",
                        format!("a failover of the driver {} names no target", profile.name),
                    )
                    .at(&id.at, "leave it out")
                    .note(
                        "the driver takes whatever is given for its only target, and its service then says that word",
                    ),
                ),
                _ => {}
            }
        }
        if let (FailbackBy::Again, Some(primary)) = (profile.failback.by, sites.record("primary"))
            && primary.text("active-backend-id").is_none()
            && let Some(name) = primary.text("name")
        {
            self.faults.push(
                Diagnostic::error(
                    "driver-needs",
                    format!(
                        "the driver {} fails back by a failover to its own array",
                        profile.driver
                    ),
                )
                .at(&name.at, "this site has no `active-backend-id`")
                .note(
                    "the service stays failed-over then, and only `active_backend_id` says that the backend is at its primary site",
                )
                .help("add the word that the driver gives: for Kaminario `san_ip` of the primary array"),
            );
        }
        let Some(types) = fields.record("volume-types") else {
            return;
        };
        for (name, at, origin) in types.entries() {
            let Some(create) = Fields::of(origin).record("create") else {
                continue;
            };
            let given = create.record("extra-specs");
            for needed in &profile.needed_specs {
                if given.is_none_or(|given| given.get(needed).is_none()) {
                    self.faults.push(
                        Diagnostic::error(
                            "driver-needs",
                            format!(
                                "a volume type of the driver {} needs the extra spec `{needed}`",
                                profile.name
                            ),
                        )
                        .at(at, format!("`{name}` has none"))
                        .help(format!("add `extra-specs: {{ \"{needed}\": … }}` to its `create`")),
                    );
                }
            }
        }
    }

    fn site(&mut self, node: &Node) -> Option<Site> {
        let site = Fields::of(node);
        let shell = site.record("shell").and_then(|shell| self.shell(shell));
        let connection = site.record("connection").map(|fields| {
            fields
                .entries()
                .filter_map(|(name, _, node)| Some((name.to_owned(), json(node)?)))
                .collect()
        });
        let name = site.text("name")?;
        Some(Site {
            name: name.value,
            backend_id: site.text("backend-id").map(|id| id.value),
            active_backend_id: site.text("active-backend-id").map(|id| id.value),
            shell,
            prefix: site.text("prefix").map(|prefix| prefix.value).unwrap_or_default(),
            rbd_arguments: site
                .text("rbd-arguments")
                .map(|arguments| arguments.value)
                .unwrap_or_default(),
            pool: site.text("pool").map(|pool| pool.value),
            admin_arguments: site.text("admin-arguments").map(|arguments| arguments.value),
            ceph_conf: site.text("ceph-conf").map(|path| path.value),
            libvirt_secret: site.text("libvirt-secret").map(|id| id.value),
            connection: SiteConnection(connection.unwrap_or_default()),
            at: name.at,
        })
    }

    /// Cinder fails back to the `backend_id` `default` and to no other. Any other wrong one makes it set volumes to `error`
    /// before it looks (cinder/volume/manager.py, `failover`), so this is not left to the cloud to find out.
    fn backend_ids(&mut self, sites: Fields<'_>) {
        let id = |site: &str| sites.record(site).and_then(|site| site.text("backend-id"));
        if let Some(primary) = id("primary").filter(|id| id.value != FAILBACK_ID) {
            self.faults.push(
                Diagnostic::error("bad-backend-id", "the primary site has the backend id `default`")
                    .at(&primary.at, "expected `default`")
                    .note("Cinder fails a backend back with `cinder failover-host --backend_id default`"),
            );
        }
        if let Some(secondary) = id("secondary").filter(|id| id.value == FAILBACK_ID) {
            self.faults.push(
                Diagnostic::error(
                    "bad-backend-id",
                    "the secondary site cannot have the backend id `default`",
                )
                .at(&secondary.at, "this means the primary site")
                .help("take `backend_id` of `replication_device` in cinder.conf"),
            );
        }
    }

    fn shell(&mut self, fields: Fields<'_>) -> Option<Shell> {
        if let Some(command) = fields.text("command") {
            return Some(Shell::Program(command.value));
        }
        let Some(ssh) = fields.record("ssh") else {
            return fields.get("local").map(|_| Shell::Local);
        };
        match ssh.text("host") {
            Some(host) => self.ssh_entry(ssh, host.value),
            None => self.ssh(ssh),
        }
    }

    /// An entry says all but the host key.
    fn ssh_entry(&mut self, ssh: Fields<'_>, name: String) -> Option<Shell> {
        for key in ["user", "key", "jump", "proxy-command"] {
            if let Some(field) = ssh.text(key) {
                self.faults.push(
                    Diagnostic::error("excluding-fields", format!("`host` and `{key}` exclude each other"))
                        .at(&field.at, "the entry of the SSH configuration says it")
                        .help("write it there, or `address` in the place of `host`"),
                );
            }
        }
        if name.starts_with('-') || name.contains(char::is_whitespace) {
            let at = ssh.text("host").map(|host| host.at)?;
            self.faults.push(
                Diagnostic::error("bad-address", "this is not the name of an SSH entry".to_owned())
                    .at(&at, "expected one word, as `Host` in ~/.ssh/config has it"),
            );
        }
        Some(Shell::Entry(SshEntry {
            name,
            config: ssh
                .text("config")
                .map(|file| resolve(&file.value, self.path, self.variables)),
            host_key: ssh.text("host-key").map(|_| self.host_key(&ssh)),
        }))
    }

    fn ssh(&mut self, ssh: Fields<'_>) -> Option<Shell> {
        let address = ssh.text("address")?;
        let parsed = SshAddress::parse(&address.value);
        if parsed.is_none() {
            let user = address.value.contains('@');
            self.faults.push(
                Diagnostic::error("bad-address", "this is not the address of an SSH server".to_owned())
                    .at(&address.at, "expected `host` or `host:port`")
                    .help_if(user.then(|| "the user belongs in the field `user`".to_owned())),
            );
        }
        if let Some(config) = ssh.text("config") {
            self.faults.push(
                Diagnostic::error("excluding-fields", "`address` and `config` exclude each other")
                    .at(&config.at, "only `host` is looked up there")
                    .help("write `host` with the entry's name, or remove `config`"),
            );
        }
        let user = ssh.text("user");
        if user.is_none() {
            self.faults.push(
                Diagnostic::error("missing-field", "`ssh` needs `user`")
                    .at(&address.at, "nothing else says as whom to log in there")
                    .help("or write `host` with the name of an entry of ~/.ssh/config, which says it"),
            );
        }
        Some(Shell::Ssh(SshShell {
            address: parsed?,
            user: user?.value,
            key: ssh
                .text("key")
                .map(|key| resolve(&key.value, self.path, self.variables)),
            host_key: self.host_key(&ssh),
            via: self.via(&ssh),
        }))
    }

    /// What makes a connection that is no plain one.
    fn via(&mut self, fields: &Fields<'_>) -> Option<Via> {
        match (fields.text("jump"), fields.text("proxy-command")) {
            (Some(_), Some(program)) => {
                self.faults.push(
                    Diagnostic::error("excluding-fields", "`jump` and `proxy-command` exclude each other")
                        .at(&program.at, "a connection is made in one way"),
                );
                None
            }
            (Some(jump), None) => Some(Via::Jump {
                hosts: jump.value,
                config: None,
            }),
            (None, Some(program)) => {
                if !Via::is_understood(&program.value) {
                    self.faults.push(
                        Diagnostic::error("bad-proxy-command", "a `%` of this program stands for nothing").at(
                            &program.at,
                            "expected `%h` for the host, `%p` for the port, `%r` for the user, or `%%`",
                        ),
                    );
                }
                Some(Via::Program(program.value))
            }
            (None, None) => None,
        }
    }

    /// Which host key is trusted. An invalid key is a fault, and no unknown key is trusted.
    fn host_key(&mut self, ssh: &Fields<'_>) -> Trust {
        let Some(text) = ssh.text("host-key") else {
            return Trust::KnownHosts;
        };
        if text.value == "accept-new" {
            return Trust::AcceptNew;
        }
        match HostKeyRule::parse(&text.value) {
            Some(rule) => Trust::Declared(rule),
            None => {
                self.faults.push(
                    Diagnostic::error("bad-host-key", "this is not an SSH host key".to_owned())
                        .at(&text.at, "expected `SHA256:…`, a public key (its type and base64), or `accept-new`")
                        .help("`ssh-keyscan HOST | ssh-keygen -lf -` shows the keys that answer; compare them with the machine's own"),
                );
                Trust::KnownHosts
            }
        }
    }

    fn simcloud(&mut self, fields: Fields<'_>) -> SimcloudSettings {
        let mut broken = Vec::new();
        for node in fields.list("broken") {
            let Some(name) = node.text() else { continue };
            match name.parse::<Misconfiguration>() {
                Ok(known) => broken.push(known),
                Err(_) => {
                    let names: Vec<&str> = Misconfiguration::ALL.iter().map(|known| known.name()).collect();
                    self.faults.push(
                        Diagnostic::error(
                            "unknown-misconfiguration",
                            format!("simcloud knows no misconfiguration `{}`", name.escape_debug()),
                        )
                        .at(&node.at, "")
                        .note(if embedded::IS_HERE {
                            format!("expected {}", names.join(", "))
                        } else {
                            ABSENT.to_owned()
                        })
                        .help_if(near_miss(name, names).map(|near| format!("did you mean `{near}`?"))),
                    );
                }
            }
        }
        SimcloudSettings {
            seed: fields
                .integer("seed")
                .and_then(|seed| seed.try_into().ok())
                .unwrap_or(1),
            pace: fields.number("pace").unwrap_or(1.0),
            // Which names there are was checked with the shape.
            release: fields
                .text("release")
                .and_then(|name| name.value.parse().ok())
                .unwrap_or_default(),
            broken,
        }
    }

    fn hook(&mut self, fields: Fields<'_>) -> Option<StorageHook> {
        Some(StorageHook {
            shell: fields.record("shell").and_then(|shell| self.shell(shell))?,
            command: fields.text("command")?.value,
        })
    }

    fn compute_shells(&mut self, fields: Fields<'_>) -> BTreeMap<String, Shell> {
        let Some(hosts) = fields.record("compute-shells") else {
            return BTreeMap::new();
        };
        let hosts = hosts.entries();
        hosts
            .filter_map(|(name, _, node)| Some((name.to_owned(), self.shell(Fields::of(node))?)))
            .collect()
    }

    /// How the target makes faults.
    fn declared_faults(&mut self, fields: Fields<'_>) -> BTreeMap<Fault, DeclaredFault> {
        let Some(declared) = fields.record("faults") else {
            return BTreeMap::new();
        };
        let common = declared.record("shell").and_then(|shell| self.shell(shell));
        let mut faults = BTreeMap::new();
        for fault in Fault::ALL {
            let Some(of_fault) = declared.record(fault.key()) else {
                continue;
            };
            let text = |key: &str| of_fault.text(key).map(|text| text.value);
            let own = of_fault.record("shell").map(|shell| self.shell(shell));
            let (Some(make), Some(undo)) = (text("make"), text("undo")) else {
                continue;
            };
            let shell = match (own, &common) {
                (Some(own), _) => own,
                (None, Some(common)) => Some(common.clone()),
                (None, None) => {
                    let at = of_fault.text("make").map(|text| text.at);
                    let fault = Diagnostic::error("missing-field", format!("`{}` has no `shell`", fault.key()))
                        .help("say where its commands run: `shell: { local: {} }`, in it or in `faults`");
                    self.faults.push(match at {
                        Some(at) => fault.at(&at, "this command runs nowhere"),
                        None => fault,
                    });
                    None
                }
            };
            if let Some(shell) = shell {
                let (seen, undone) = (text("seen"), text("undone"));
                faults.insert(
                    fault,
                    DeclaredFault {
                        shell,
                        make,
                        seen,
                        undo,
                        undone,
                    },
                );
            }
        }
        faults
    }

    /// One log, or a list of them.
    fn volume_logs(&mut self, fields: Fields<'_>) -> Vec<VolumeLog> {
        let nodes = fields.one_or_more("volume-log");
        if let Some(node) = nodes.get(MOST_VOLUME_LOGS) {
            self.faults.push(
                Diagnostic::error("too-many", format!("`volume-log` has {} entries", nodes.len()))
                    .at(&node.at, format!("at most {MOST_VOLUME_LOGS} logs are read")),
            );
        }
        let nodes = nodes.iter().take(MOST_VOLUME_LOGS);
        nodes.filter_map(|node| self.volume_log(Fields::of(node))).collect()
    }

    fn volume_log(&mut self, fields: Fields<'_>) -> Option<VolumeLog> {
        let shell = fields.record("shell").and_then(|shell| self.shell(shell));
        let source = self.log_source(fields)?;
        Some(VolumeLog {
            source,
            shell: shell?,
            prefix: fields.text("prefix").map(|prefix| prefix.value).unwrap_or_default(),
        })
    }

    /// None only if the check found a fault.
    fn log_source(&mut self, fields: Fields<'_>) -> Option<LogSource> {
        let text = |record: Fields<'_>, key: &str| record.text(key).map(|text| text.value);
        if let Some(journal) = fields.record("journal") {
            return Some(LogSource::Journal {
                unit: text(journal, "unit")?,
            });
        }
        if let Some(container) = fields.record("container") {
            return Some(LogSource::Container {
                engine: text(container, "engine")?,
                name: text(container, "name")?,
            });
        }
        if let Some(pod) = fields.record("pod") {
            return Some(LogSource::Pod {
                client: text(pod, "client").unwrap_or_else(|| "kubectl".to_owned()),
                namespace: text(pod, "namespace")?,
                selector: text(pod, "selector")?,
                container: text(pod, "container"),
            });
        }
        if let Some(command) = fields.text("command") {
            return Some(LogSource::Command(command.value));
        }
        let path = fields.text("path")?;
        if !path.value.starts_with('/') {
            self.faults.push(
                Diagnostic::error("bad-path", format!("`{}` is not absolute", path.value.escape_debug()))
                    .at(&path.at, "expected the absolute path of cinder-volume's log")
                    .help("it is often /var/log/cinder/cinder-volume.log"),
            );
        }
        Some(LogSource::Path(path.value))
    }

    fn guest(&mut self, fields: Fields<'_>) -> Option<Guest> {
        let floating_network = fields.text("floating-network");
        let address = match (fields.text("address"), floating_network) {
            (Some(word), network) if word.value == "floating" => match network {
                Some(network) => Some(GuestAddress::Floating { network: network.value }),
                None => {
                    self.faults.push(
                        Diagnostic::error("missing-field", "`guest` needs `floating-network`")
                            .at(&word.at, "a floating address comes from an external network")
                            .help("`openstack network list --external` shows them"),
                    );
                    None
                }
            },
            (_, Some(network)) => {
                self.faults.push(
                    Diagnostic::error("excluding-fields", "guests are reached by their fixed address")
                        .at(&network.at, "so this would do nothing")
                        .help("write `address: floating`, or remove `floating-network`"),
                );
                None
            }
            (_, None) => Some(GuestAddress::Fixed),
        };
        Some(Guest {
            image: fields.text("image")?.value,
            flavor: fields.text("flavor")?.value,
            network: fields.text("network")?.value,
            user: fields.text("user")?.value,
            key: resolve(&fields.text("key")?.value, self.path, self.variables),
            port: fields
                .get("port")
                .map_or(Some(22), |port| port.integer()?.try_into().ok())?,
            via: self.via(&fields),
            address: address?,
            privilege: match fields.text("privilege") {
                Some(word) if word.value == "sudo" => Privilege::Sudo,
                _ => Privilege::Direct,
            },
            keypair: fields.text("keypair").map(|keypair| keypair.value),
        })
    }
}

fn compute_tools(fields: Option<Fields<'_>>) -> ComputeTools {
    let text = |name: &str, default: &str| {
        let given = fields.and_then(|fields| fields.text(name));
        given.map_or_else(|| default.to_owned(), |given| given.value)
    };
    ComputeTools {
        virsh: text("virsh", "virsh"),
        prefix: text("prefix", ""),
        nova_conf: text("nova-conf", "/etc/nova").trim_end_matches('/').to_owned(),
    }
}

fn volume_types(fields: Fields<'_>) -> BTreeMap<String, VolumeType> {
    fields
        .entries()
        .filter_map(|(name, at, node)| {
            let origin = Fields::of(node);
            let origin = match (origin.text("name"), origin.record("create")) {
                (Some(name), None) => VolumeTypeOrigin::Existing(name.value),
                (None, Some(create)) => VolumeTypeOrigin::Create {
                    volume_backend_name: create.text("volume-backend-name")?.value,
                    extra_specs: texts(create.record("extra-specs")),
                },
                // The check has said that exactly one is needed.
                _ => return None,
            };
            Some((
                name.to_owned(),
                VolumeType {
                    name: name.to_owned(),
                    origin,
                    at: at.clone(),
                },
            ))
        })
        .collect()
}

/// A mapping from texts to texts.
fn texts(fields: Option<Fields<'_>>) -> BTreeMap<String, String> {
    let entries = fields.into_iter().flat_map(Fields::entries);
    entries
        .filter_map(|(name, _, node)| Some((name.to_owned(), node.text()?.to_owned())))
        .collect()
}

fn budgets(fields: Option<Fields<'_>>) -> Budgets {
    let mut budgets = Budgets::default();
    for name in BudgetName::ALL {
        if let Some(duration) = fields.and_then(|fields| fields.duration(name.key())) {
            *budgets.get_mut(name) = duration;
        }
    }
    budgets
}

/// A field of connection info as JSON, which is what the API answers with.
fn json(node: &Node) -> Option<serde_json::Value> {
    Some(match &node.value {
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => i64::try_from(*value).ok()?.into(),
        Value::Number(value) => (*value).into(),
        Value::Text(text) | Value::Rendered(text) => text.clone().into(),
        Value::List(values) => values.iter().filter_map(json).collect::<Vec<_>>().into(),
        Value::Null | Value::Mapping(_) | Value::Unknown => return None,
    })
}
