//! What a run saw of a cloud, as far as two clouds can be compared in it: the shapes of answers and of outputs, never
//! their values. Written beside the journal; `agreement` compares it.

mod capture;
mod forms;
mod observer;
mod route;
mod seen;
mod shape;
mod stable;

pub use forms::{Printed, stable_lines};
pub use observer::{During, Observations, beside};
pub use seen::Observation;
pub use shape::Shape;
pub use stable::stable;
