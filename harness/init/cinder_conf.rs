//! What is read of cinder.conf: the backends, whom they replicate to, and where the log is. Never a secret: what is not asked for
//! here does not leave the host.

use std::collections::BTreeMap;

use crate::shell::quote;

/// The options that are read.
const OPTIONS: [&str; 15] = [
    "enabled_backends",
    "debug",
    "log_file",
    "log-file",
    "logfile",
    "log_dir",
    "log-dir",
    "logdir",
    "use_journal",
    "volume_driver",
    "rbd_pool",
    "rbd_user",
    "rbd_ceph_conf",
    "rbd_cluster_name",
    "rbd_secret_uuid",
];
/// The parts of `replication_device` that are read.
const OF_DEVICES: &str = "backend_id|conf|user|secret_uuid";

/// Where cinder.conf is: packages and devstack, the folders that oslo.config reads beside it, openstack-helm, kolla.
const PLACES: [&str; 4] = [
    "/etc/cinder/cinder.conf",
    "/etc/cinder/cinder.conf.d/*.conf",
    "/etc/cinder/conf/backends.conf",
    "/etc/kolla/cinder-volume/cinder.conf",
];

/// What stands before the name of a file that was read, and of one that could not be, in what is printed.
const READ: &str = "cinder-drill-read ";
const UNREADABLE: &str = "cinder-drill-unreadable ";
/// What stands between the options and the devices of a file.
const DEVICES: &str = "cinder-drill-devices";

/// What cinder.conf says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CinderConf {
    /// The files that were read.
    pub files: Vec<String>,
    /// The files that are there and may not be read.
    pub unreadable: Vec<String>,
    sections: BTreeMap<String, Section>,
}

/// A section.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Section {
    options: BTreeMap<String, String>,
    devices: Vec<Device>,
}

/// A `replication_device`, without its secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Device {
    /// Its id.
    pub backend_id: String,
    /// The path of the other cluster's ceph.conf.
    pub conf: Option<String>,
    /// The cephx user there.
    pub user: Option<String>,
    /// The id of libvirt's secret for that cluster.
    pub secret_uuid: Option<String>,
}

/// The command that prints it, of this file or of those that there are.
pub(super) fn command(file: Option<&str>) -> String {
    let places = file.map_or_else(|| PLACES.join(" "), |file| quote(file).into_owned());
    let options = OPTIONS.join("|");
    let section = r"\[[^]]*\]";
    let wanted = quote(&format!(r"^[[:space:]]*({section}|({options})[[:space:]]*[=:])")).into_owned();
    let devices = quote(&format!(r"^[[:space:]]*({section}|replication_device[[:space:]]*[=:])")).into_owned();
    let parts = quote(&format!(
        r"^[[:space:]]*({section}|replication_device)|[=:,[:space:]]({OF_DEVICES}):[^,[:space:]]*"
    ))
    .into_owned();
    format!(
        "for f in {places}; do if [ -r \"$f\" ]; then echo \"{READ}$f\"; grep -aE {wanted} \"$f\"; echo {DEVICES}; grep -aE {devices} \
         \"$f\" | grep -aoE {parts}; elif [ -e \"$f\" ]; then echo \"{UNREADABLE}$f\"; fi; done; true"
    )
}

impl CinderConf {
    /// Reads what the command printed.
    pub fn read(printed: &str) -> CinderConf {
        let mut conf = CinderConf::default();
        let (mut section, mut of_devices) = (String::new(), false);
        for line in printed.lines().map(str::trim) {
            if let Some(file) = line.strip_prefix(READ) {
                conf.files.push(file.to_owned());
                (section, of_devices) = (String::new(), false);
            } else if let Some(file) = line.strip_prefix(UNREADABLE) {
                conf.unreadable.push(file.to_owned());
            } else if line == DEVICES {
                (section, of_devices) = (String::new(), true);
            } else if let Some(name) = line.strip_prefix('[') {
                name.split(']')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .clone_into(&mut section);
            } else if of_devices {
                conf.sections.entry(section.clone()).or_default().device(line);
            } else if let Some((option, value)) = line.split_once(['=', ':']) {
                let options = &mut conf.sections.entry(section.clone()).or_default().options;
                // The last one counts, as oslo.config has it.
                options.insert(option.trim().replace('-', "_"), value.trim().to_owned());
            }
        }
        conf
    }

    /// Whether a section of this name was seen.
    pub fn has(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// An option of a backend: of its section, or of `backend_defaults`.
    pub fn backend(&self, section: &str, option: &str) -> Option<&str> {
        [section, "backend_defaults"]
            .iter()
            .find_map(|section| self.option(section, option))
    }

    /// An option of the section DEFAULT, under one of its names.
    pub fn global(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| self.option("DEFAULT", name))
    }

    fn option(&self, section: &str, option: &str) -> Option<&str> {
        let value = self.sections.get(section)?.options.get(option)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// The devices of a backend.
    pub fn devices(&self, section: &str) -> &[Device] {
        let devices = self.sections.get(section).map(|section| section.devices.as_slice());
        devices.unwrap_or_default()
    }

    /// Whether cinder-volume logs at level DEBUG.
    pub fn is_debug(&self) -> bool {
        let debug = self.global(&["debug"]).unwrap_or_default().to_ascii_lowercase();
        ["true", "1", "yes", "on"].contains(&debug.as_str())
    }

    /// The file that cinder-volume logs to, as far as it is configured (oslo.log's `_get_log_file_path`).
    pub fn log_file(&self) -> Option<String> {
        let file = self.global(&["log_file", "logfile"]);
        let folder = self
            .global(&["log_dir", "logdir"])
            .map(|folder| folder.trim_end_matches('/'));
        match (file, folder) {
            (Some(file), _) if file.starts_with('/') => Some(file.to_owned()),
            (Some(file), Some(folder)) => Some(format!("{folder}/{file}")),
            (None, Some(folder)) => Some(format!("{folder}/cinder-volume.log")),
            _ => None,
        }
    }
}

impl Section {
    /// A line of a device: where one begins, or a part of the one that began last.
    fn device(&mut self, line: &str) {
        if line == "replication_device" {
            self.devices.push(Device::default());
            return;
        }
        let part = line.trim_start_matches(['=', ':', ',', ' ', '\t']);
        let (Some(device), Some((key, value))) = (self.devices.last_mut(), part.split_once(':')) else {
            return;
        };
        let value = Some(value.to_owned()).filter(|value| !value.is_empty());
        match key {
            "backend_id" => device.backend_id = value.unwrap_or_default(),
            "conf" => device.conf = value,
            "user" => device.user = value,
            "secret_uuid" => device.secret_uuid = value,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this machine's own shell prints of a file.
    fn printed(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("cinder's.conf");
        std::fs::write(&file, text).expect("written");
        let command = command(file.to_str());
        let done = std::process::Command::new("/bin/sh")
            .args(["-c", &command])
            .output()
            .expect("a shell");
        assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
        String::from_utf8(done.stdout).expect("UTF-8")
    }

    #[test]
    fn what_matters_is_read_and_no_secret_leaves_the_host() {
        let printed = printed(
            "[DEFAULT]\ntransport_url = rabbit://user:SECRET@host\ndebug=True\nlog-dir = /var/log/cinder/\nenabled_backends = a,b\n\
             # replication_device = backend_id:no,user:no\n[backend_defaults]\nrbd_pool: volumes\n\
             [a]\nvolume_driver = cinder.volume.drivers.pure.PureISCSIDriver\nsan_password = SECRET\napi_token=SECRET\n\
             replication_device = backend_id:b1,san_ip:192.0.2.1,api_token:SECRET,san_user:SECRET\n  replication_device=backend_id:b2,user:u\n\
             [ b ]\nrbd_user = cinder\nreplication_device = backend_id:ceph2,conf:/etc/ceph2/ceph.conf,user:cinder2,secret_uuid:\n\
             [database]\nconnection = mysql://cinder:SECRET@host/conf:SECRET,user:SECRET\n",
        );
        assert!(!printed.contains("SECRET"), "{printed}");
        let conf = CinderConf::read(&printed);
        assert_eq!(conf.files.len(), 1);
        assert!(conf.is_debug() && conf.has("a") && conf.has("b"));
        assert_eq!(conf.log_file().as_deref(), Some("/var/log/cinder/cinder-volume.log"));
        assert_eq!(conf.backend("b", "rbd_pool"), Some("volumes"));
        let ids: Vec<&str> = conf
            .devices("a")
            .iter()
            .map(|device| device.backend_id.as_str())
            .collect();
        assert_eq!(ids, ["b1", "b2"]);
        assert_eq!(conf.devices("a")[0].user, None);
        assert_eq!(
            conf.devices("b"),
            [Device {
                backend_id: "ceph2".to_owned(),
                conf: Some("/etc/ceph2/ceph.conf".to_owned()),
                user: Some("cinder2".to_owned()),
                secret_uuid: None,
            }]
        );
        assert_eq!(conf.devices("none"), []);
    }

    #[test]
    fn a_file_that_is_not_there_is_none_and_one_that_is_empty_is() {
        assert_eq!(CinderConf::read(""), CinderConf::default());
        let empty = CinderConf::read(&printed(""));
        assert_eq!(
            (empty.files.len(), empty.log_file(), empty.is_debug()),
            (1, None, false)
        );
        let done = std::process::Command::new("/bin/sh")
            .args(["-c", &command(Some("/no/such"))])
            .output()
            .expect("a shell");
        assert!(
            done.status.success() && done.stdout.is_empty() && done.stderr.is_empty(),
            "{done:?}"
        );
    }

    #[test]
    fn a_log_file_is_put_together_as_oslo_does() {
        let file = |text: &str| CinderConf::read(&format!("{READ}f\n[DEFAULT]\n{text}")).log_file();
        assert_eq!(
            file("log_file = c.log\nlog_dir = /var/log"),
            Some("/var/log/c.log".to_owned())
        );
        assert_eq!(
            file("log_file = /l/c.log\nlog_dir = /var/log"),
            Some("/l/c.log".to_owned())
        );
        assert_eq!(file("log_file = c.log"), None);
        assert_eq!(file(""), None);
    }
}
