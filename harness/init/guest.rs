//! What servers are made of: a flavor, an image, a network.

use super::cloud::CloudSeen;
use super::yaml::{Block, Value};
use crate::cloud::{Flavor, Image, Network};

/// How many others are named.
const MOST_NAMED: usize = 8;
/// The least memory that a small guest boots with, in MiB.
const LEAST_MEMORY: u64 = 64;
/// The users of images that do not say theirs, by what their names or distributions begin with.
const USERS: [(&str, &str); 10] = [
    ("cirros", "cirros"),
    ("ubuntu", "ubuntu"),
    ("debian", "debian"),
    ("fedora", "fedora"),
    ("centos", "cloud-user"),
    ("rhel", "cloud-user"),
    ("rocky", "rocky"),
    ("almalinux", "almalinux"),
    ("alpine", "alpine"),
    ("opensuse", "opensuse"),
];

/// The block `guest`. `user` is whom the command line names.
pub(super) fn guest(seen: &CloudSeen, on_ceph: bool, user: Option<&str>) -> Block {
    let mut block = Block::default();
    let image = image(&seen.images);
    put(
        &mut block,
        "image",
        image.map(name_of),
        "the name of a Glance image",
        seen.images.iter().map(name_of).collect(),
    );
    if let (Some(found), true) = (image, on_ceph)
        && let Some(entry) = block.0.last_mut()
        && found.disk_format.as_deref() == Some("raw")
    {
        entry.say(
            "It is raw: if Glance keeps its images in the Ceph cluster of the backend, volumes become clones of it, which cannot be \
             mirrored. Take a qcow2 image then.",
        );
    }
    let flavor = flavor(&seen.flavors, image);
    let flavors = seen.flavors.iter().map(|flavor| flavor.name.as_str()).collect();
    put(
        &mut block,
        "flavor",
        flavor.map(|flavor| flavor.name.as_str()),
        "the name of a flavor",
        flavors,
    );
    let inside: Vec<&Network> = seen.networks.iter().filter(|network| !network.external).collect();
    let outside = seen.networks.iter().find(|network| network.external);
    let network = match inside.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let networks = inside.iter().map(|network| network.name.as_str()).collect();
    put(
        &mut block,
        "network",
        network.map(|network| network.name.as_str()),
        "the network of the servers, by name",
        networks,
    );
    let user = user.map(str::to_owned).or_else(|| image.and_then(user_of));
    let is_root = user.as_deref() == Some("root");
    match user {
        Some(user) => _ = block.put("user", Value::Text(user)),
        None => _ = block.put("user", Value::Open("the user to log in to the guest as".to_owned())),
    }
    let key = Value::Open(
        "the file of that user's private key; its public half lies beside it and is given to Nova".to_owned(),
    );
    block
        .put("key", key)
        .say("An ECDSA P-256 key (ssh-keygen -t ecdsa -b 256), whose public half is imported into Nova for each run.");
    match outside {
        Some(outside) => {
            block
                .put("address", Value::Flow("floating".to_owned()))
                .say("`fixed` if this machine reaches the addresses of the network itself.");
            block.put("floating-network", Value::Text(outside.name.clone()));
        }
        None => {
            block
                .put("address", Value::Flow("fixed".to_owned()))
                .say("The cloud shows no external network, so guests are reached by the addresses of their network.");
        }
    }
    let privilege = if is_root { "direct" } else { "sudo" };
    block
        .put("privilege", Value::Flow(privilege.to_owned()))
        .say("How the user becomes root, for mkfs and mount: `direct` if it is root, else `sudo`.");
    block
}

/// What was chosen, or what is to be chosen from.
fn put(block: &mut Block, key: &str, chosen: Option<&str>, what: &str, all: Vec<&str>) {
    let mut others: Vec<&str> = all
        .into_iter()
        .filter(|one| Some(*one) != chosen && !one.is_empty())
        .collect();
    others.sort_unstable();
    others.dedup();
    let more = others.len().saturating_sub(MOST_NAMED);
    others.truncate(MOST_NAMED);
    let value = match chosen {
        Some(name) => Value::Text(name.to_owned()),
        None => Value::Open(what.to_owned()),
    };
    let entry = block.put(key, value);
    if !others.is_empty() {
        let more = if more > 0 {
            format!(", and {more} more")
        } else {
            String::new()
        };
        let verb = if chosen.is_some() {
            "There are also"
        } else {
            "There are"
        };
        entry.say(format!("{verb} {}{more}.", others.join(", ")));
    }
}

fn name_of(image: &Image) -> &str {
    image.name.as_deref().unwrap_or_default()
}

/// The smallest image that can be used, one that is not raw first.
fn image(images: &[Image]) -> Option<&Image> {
    let is_disk = |image: &&Image| {
        image.status == "active"
            && image.name.as_deref().is_some_and(|name| !name.is_empty())
            && !["iso", "aki", "ari", "ami"].contains(&image.disk_format.as_deref().unwrap_or_default())
    };
    let is_unique = |image: &&Image| images.iter().filter(|other| other.name == image.name).count() == 1;
    let usable = images.iter().filter(is_disk).filter(is_unique);
    usable.min_by_key(|image| {
        // Of one whose user is known, less is left open.
        (
            image.disk_format.as_deref() == Some("raw"),
            user_of(image).is_none(),
            image.size.unwrap_or(u64::MAX),
        )
    })
}

/// The smallest flavor on which the image fits.
fn flavor<'a>(flavors: &'a [Flavor], image: Option<&Image>) -> Option<&'a Flavor> {
    let (disk, memory) = image.map_or((0, 0), |image| (image.min_disk, image.min_ram));
    let fits = |flavor: &&Flavor| {
        flavor.memory_mib >= memory.max(LEAST_MEMORY) && (flavor.root_disk_gib == 0 || flavor.root_disk_gib >= disk)
    };
    flavors
        .iter()
        .filter(fits)
        .min_by_key(|flavor| (flavor.memory_mib, flavor.processors, flavor.root_disk_gib))
}

/// The user of an image: what it says, or what images of its kind have.
fn user_of(image: &Image) -> Option<String> {
    if let Some(user) = &image.os_admin_user {
        return Some(user.clone());
    }
    let words = [image.os_distro.as_deref(), image.name.as_deref()];
    let words = words.into_iter().flatten().map(str::to_lowercase);
    words
        .into_iter()
        .find_map(|word| USERS.iter().find(|(start, _)| word.starts_with(start)))
        .map(|(_, user)| (*user).to_owned())
}
