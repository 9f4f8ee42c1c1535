//! Every judgement on facts that are made up: no cloud is asked.

mod cases;
mod facts;
mod findings;
mod texts;
mod verdicts;
