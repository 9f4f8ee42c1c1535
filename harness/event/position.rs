//! Where in a run something happens. Chains of scenarios run side by side, so an event has its own position: nobody can know
//! it from what stands before it.

use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The chain, the scenario and the step that an event belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Position {
    /// The chain: the name of its last scenario.
    pub chain: String,
    /// The scenario that runs; absent before the first, and while the chain is cleaned up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The step's index in the chain's plan; absent where no step runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
}

tokio::task_local! {
    /// Where the work is that is polled now.
    static HERE: Arc<Mutex<Position>>;
}

impl Position {
    /// Does the work of a chain: what any part of it records meanwhile gets its position.
    pub async fn in_chain<T>(chain: &str, work: impl Future<Output = T>) -> T {
        let position = Position {
            chain: chain.to_owned(),
            ..Position::default()
        };
        HERE.scope(Arc::new(Mutex::new(position)), work).await
    }

    /// Moves on within the chain: from here on, what is recorded belongs to this scenario and step.
    pub fn set(scenario: Option<&str>, step: Option<usize>) {
        // Outside of a chain nothing has a position.
        let _ = HERE.try_with(|here| {
            let mut here = here.lock().unwrap_or_else(PoisonError::into_inner);
            here.scenario = scenario.map(str::to_owned);
            here.step = step;
        });
    }

    /// Where the work is that asks; none outside of a chain.
    #[must_use]
    pub fn current() -> Option<Position> {
        HERE.try_with(|here| here.lock().unwrap_or_else(PoisonError::into_inner).clone())
            .ok()
    }
}
