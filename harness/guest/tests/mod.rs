mod disks;
mod errors;
mod files;
mod mounts;
