//! The hard days as drills, on the embedded cloud, or on the target that `CINDER_DRILL_TARGET` names.

fn main() {
    cinder_drill::Suite::new("scenarios/disaster")
        .target("fixtures/targets/simcloud.yaml")
        .snapshots("snapshots")
        .main()
}
