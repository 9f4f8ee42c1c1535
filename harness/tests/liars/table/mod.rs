//! Every lie with what must come of it, by kind.

mod changes;
mod connections;
mod failovers;
mod lists;
mod own_changes;
mod own_cold;
mod own_guards;
mod own_reads;
mod sites;
mod transport;

use crate::row::Row;

/// All rows, the sampled ones among them.
pub fn rows() -> Vec<Row> {
    let rows: Vec<Row> = [
        changes::rows(),
        failovers::rows(),
        connections::rows(),
        lists::rows(),
        transport::rows(),
        sites::rows(),
        own_changes::rows(),
        own_cold::rows(),
        own_guards::rows(),
        own_reads::rows(),
    ]
    .concat();
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    let twice = ids.windows(2).find(|pair| pair[0] == pair[1]);
    assert!(twice.is_none(), "two rows have one id: {twice:?}");
    rows
}
