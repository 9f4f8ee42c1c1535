//! The scenarios of this repository, on the embedded cloud, or on the target that `CINDER_DRILL_TARGET` names.

fn main() {
    cinder_drill::Suite::new("scenarios")
        .target("fixtures/targets/simcloud.yaml")
        .snapshots("snapshots")
        .main()
}
