//! Targets to read, which come within the program: what a file looks like for the clouds that people have.

/// A target to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Like {
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// The file.
    pub text: &'static str,
}

/// The targets to read.
pub(crate) const LIKES: [Like; 4] = [
    Like {
        name: "example",
        about: "two Ceph clusters under cephadm; explains every key",
        text: include_str!("../../fixtures/targets/example.yaml"),
    },
    Like {
        name: "simcloud",
        about: "the embedded cloud",
        text: include_str!("../../fixtures/targets/simcloud.yaml"),
    },
    Like {
        name: "devstack",
        about: "devstack with devstack-plugin-ceph, MULTI_CEPH and ENABLE_CEPH_RBD_MIRROR",
        text: include_str!("../../fixtures/targets/devstack.yaml"),
    },
    Like {
        name: "kolla",
        about: "kolla-ansible: cinder-volume and libvirt in containers",
        text: include_str!("../../fixtures/targets/kolla.yaml"),
    },
];

/// The file of this name.
#[must_use]
pub(crate) fn like(name: &str) -> Option<&'static str> {
    LIKES.iter().find(|like| like.name == name).map(|like| like.text)
}
