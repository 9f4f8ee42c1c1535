//! `expect-refused`: another step must fail, and with the error that it must give.

use serde::Serialize;

use super::verb::{Act, Compiled, Step, Verb};
use super::{Action, STEP, WITHIN, verb};
use crate::diagnostic::Diagnostic;
use crate::document::{Field, Fields, Record, Shape, Value};
use crate::failure::{Failure, FailureKind};
use crate::session::{Context, Judges, Movement};
use crate::state::State;
use crate::targets::BudgetName;

/// `expect-refused`
pub(super) static VERB: Verb = Verb {
    field: Field::required(
        "expect-refused",
        Shape::Record(&Record {
            fields: &[
                Field::required(
                    "step",
                    Shape::Again {
                        noun: "a step",
                        shape: &Shape::Choice(&STEP),
                        pointer: "#/properties/steps/items/anyOf/0",
                    },
                    "The step that must fail: a `failover`, a `failback`, one that only looks, or one that changes a volume as a whole: \
                     `extend`, `snapshot`, `delete-snapshot`, `clone` or `retype`.",
                ),
                Field::required("with", Shape::Text, "What its error must say."),
                Field::optional(
                    WITHIN,
                    Shape::Duration,
                    "How long the step may wait before it has failed, if less than the target's budget.",
                ),
            ],
            one_of: &[],
        }),
        "Does another step, which must fail with an error that says this. A step that succeeds, fails for another reason, is \
         interrupted, or fails in the harness itself, fails the scenario.",
    ),
    checks: true,
    change: Some("what the step changes that must fail, if it does not"),
    budget: BudgetName::Failover,
    judges: Judges::Backend,
    compile,
};

/// The verbs that may be refused: those that move the backend, those that only look, and those after whose refusal a volume is as it
/// was. What else fails leaves a state that nobody has described.
const MAY_BE_REFUSED: [&str; 12] = [
    "failover",
    "failback",
    "extend",
    "snapshot",
    "delete-snapshot",
    "clone",
    "retype",
    "read",
    "expect-connection",
    "expect-mirrored",
    "expect-replicated",
    "expect-status",
];

fn compile(state: &mut State<'_>, step: &Step<'_>) -> Option<Compiled> {
    let with = step.arguments.text("with");
    let node = step.arguments.get("step")?;
    let Value::Mapping(entries) = &node.value else {
        return None;
    };
    let (key, arguments) = entries.first()?;
    let inner = verb(key.text()?)?;
    if !MAY_BE_REFUSED.contains(&inner.field.key) {
        state.fault(
            Diagnostic::error(
                "cannot-be-refused",
                format!("`{}` cannot be expected to fail", inner.field.key),
            )
            .at(&key.at, "what it leaves when it fails is not known")
            .note(format!("expected one of `{}`", MAY_BE_REFUSED.join("`, `"))),
        );
        return None;
    }
    let arguments = Fields::of(arguments);
    if let Some(within) = arguments.get(WITHIN) {
        state.fault(
            Diagnostic::error("misplaced-within", "`within` says how long the whole step may take")
                .at(&within.at, "")
                .help("write it beside `step` and `with`"),
        );
    }
    // What must fail changes nothing: the backend is where it was.
    let before = state.where_it_is();
    state.must_fail = true;
    let compiled = (inner.compile)(state, &Step { arguments, at: &key.at });
    state.must_fail = false;
    state.is_where_it_was(before);
    let compiled = compiled?;
    Some(Compiled {
        action: Action::ExpectRefused(ExpectRefused {
            step: Box::new(compiled.action),
            with: with?.value,
        }),
        undo: compiled.undo,
        locks: compiled.locks,
    })
}

/// Another step must fail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExpectRefused {
    /// The step.
    pub step: Box<Action>,
    /// What its error must say.
    pub with: String,
}

impl Act for ExpectRefused {
    fn describe(&self) -> String {
        format!("this must fail with \"{}\": {}", self.with, self.step.describe())
    }

    fn movement(&self) -> Option<Movement> {
        self.step.movement()
    }

    fn disturbs(&self) -> bool {
        self.step.disturbs()
    }

    /// A movement that must fail leaves a backend to which nobody else is to come.
    fn harms_others(&self) -> bool {
        self.step.movement().is_some() || self.step.harms_others()
    }

    /// Only what the service or the storage did may be expected: an interruption, or a fault of the harness, is none of theirs.
    fn judged(&self, result: Result<String, Failure>) -> Result<String, Failure> {
        let failure = match result {
            Ok(done) => {
                return Err(Failure::expectation("a step succeeded that must fail")
                    .detail("expected", format!("an error that says: {}", self.with))
                    .detail("seen", done)
                    .help("what the scenario takes for impossible or refused was done: look what it did"));
            }
            Err(failure) => failure,
        };
        if matches!(failure.kind, FailureKind::Interrupted | FailureKind::Harness) {
            return Err(failure);
        }
        let says = |text: &str| text.contains(&self.with);
        if says(&failure.summary) || failure.facts().any(|(_, value)| says(value)) {
            return Ok(format!("failed as it must: {}", failure.summary));
        }
        Err(failure.during(&format!(
            "the step failed as it must, but its error does not say \"{}\"",
            self.with
        )))
    }

    /// Does the step that must fail. What comes of it is judged when all that explains it is known.
    ///
    /// # Errors
    /// As the step.
    async fn run(&self, context: &mut Context) -> Result<String, Failure> {
        Box::pin(self.step.run(context)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{SiteName, VolumeName};
    use crate::step::ExpectMirrored;

    fn refused(with: &str) -> ExpectRefused {
        ExpectRefused {
            step: Box::new(Action::ExpectMirrored(ExpectMirrored {
                volume: VolumeName::new("root").expect("a name"),
                primary: SiteName::Primary,
                lost: false,
                snapshot: None,
            })),
            with: with.to_owned(),
        }
    }

    #[test]
    fn only_the_error_that_it_must_give_is_a_pass() {
        let it = refused("primary at both sites");
        assert!(
            it.judged(Err(Failure::expectation("volume root is primary at both sites")))
                .is_ok()
        );
        let detailed = Failure::cloud("not moved").detail("seen", "primary at both sites, a and b");
        assert!(it.judged(Err(detailed)).is_ok());
        // In the help it is advice, and nothing that was seen.
        let advice = Failure::cloud("not moved").help("it may be primary at both sites");
        assert!(it.judged(Err(advice)).is_err());
        assert!(it.judged(Err(Failure::expectation("another reason"))).is_err());
        assert!(it.judged(Ok("moved".to_owned())).is_err());
        for kind in [FailureKind::Interrupted, FailureKind::Harness] {
            let failure = Failure::new(kind, "primary at both sites");
            let failure = it.judged(Err(failure)).expect_err("a failure");
            assert_eq!(failure.kind, kind);
        }
    }
}
