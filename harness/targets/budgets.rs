//! How long things may take.

use std::time::Duration;

/// What a budget is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BudgetName {
    /// A volume becoming available.
    Volume,
    /// A server becoming active.
    Server,
    /// A guest answering over SSH.
    Boot,
    /// A failover or a failback.
    Failover,
    /// A shelve, an unshelve, a stop or a start of a server, each.
    Shelve,
    /// An attach or a detach.
    Attach,
    /// Data arriving at the other site.
    Replication,
    /// One command over SSH, or one question to an API.
    Command,
    /// Something going away.
    Delete,
}

impl BudgetName {
    /// All of them.
    pub const ALL: [BudgetName; 9] = [
        BudgetName::Volume,
        BudgetName::Server,
        BudgetName::Boot,
        BudgetName::Failover,
        BudgetName::Shelve,
        BudgetName::Attach,
        BudgetName::Replication,
        BudgetName::Command,
        BudgetName::Delete,
    ];

    /// Its key in a target file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            BudgetName::Volume => "volume",
            BudgetName::Server => "server",
            BudgetName::Boot => "boot",
            BudgetName::Failover => "failover",
            BudgetName::Shelve => "shelve",
            BudgetName::Attach => "attach",
            BudgetName::Replication => "replication",
            BudgetName::Command => "command",
            BudgetName::Delete => "delete",
        }
    }
}

/// How long things may take on a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budgets {
    /// A volume becoming available.
    pub volume: Duration,
    /// A server becoming active.
    pub server: Duration,
    /// A guest answering over SSH.
    pub boot: Duration,
    /// A failover or a failback.
    pub failover: Duration,
    /// A shelve, an unshelve, a stop or a start of a server, each.
    pub shelve: Duration,
    /// An attach or a detach.
    pub attach: Duration,
    /// Data arriving at the other site.
    pub replication: Duration,
    /// One command over SSH, or one question to an API.
    pub command: Duration,
    /// Something going away.
    pub delete: Duration,
}

impl Budgets {
    /// The budget of this name.
    #[must_use]
    pub const fn get(&self, name: BudgetName) -> Duration {
        match name {
            BudgetName::Volume => self.volume,
            BudgetName::Server => self.server,
            BudgetName::Boot => self.boot,
            BudgetName::Failover => self.failover,
            BudgetName::Shelve => self.shelve,
            BudgetName::Attach => self.attach,
            BudgetName::Replication => self.replication,
            BudgetName::Command => self.command,
            BudgetName::Delete => self.delete,
        }
    }

    /// The same, with none above a limit.
    #[must_use]
    pub fn at_most(mut self, limit: Duration) -> Budgets {
        for name in BudgetName::ALL {
            let budget = self.get_mut(name);
            *budget = limit.min(*budget);
        }
        self
    }

    /// The budget of this name, to be changed.
    pub(super) const fn get_mut(&mut self, name: BudgetName) -> &mut Duration {
        match name {
            BudgetName::Volume => &mut self.volume,
            BudgetName::Server => &mut self.server,
            BudgetName::Boot => &mut self.boot,
            BudgetName::Failover => &mut self.failover,
            BudgetName::Shelve => &mut self.shelve,
            BudgetName::Attach => &mut self.attach,
            BudgetName::Replication => &mut self.replication,
            BudgetName::Command => &mut self.command,
            BudgetName::Delete => &mut self.delete,
        }
    }
}

impl Default for Budgets {
    /// Several times what a two-core lab took; a failover that meets a dead site took 99 s there.
    fn default() -> Budgets {
        let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
        Budgets {
            volume: minutes(2),
            server: minutes(5),
            boot: minutes(5),
            failover: minutes(5),
            shelve: minutes(5),
            attach: minutes(2),
            replication: minutes(5),
            command: minutes(1),
            delete: minutes(2),
        }
    }
}
