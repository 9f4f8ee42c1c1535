//! `expect-refused`: another step must fail, and with the error that it must give.

use std::fmt;

use serde::Serialize;

use super::verb::{Act, Compiled, Step, Verb};
use super::{Action, STEP, WITHIN, verb};
use crate::diagnostic::Diagnostic;
use crate::document::{Field, Fields, Record, Shape, Value};
use crate::failure::{Cause, Failure, FailureKind};
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
                Field::optional(
                    "because",
                    Shape::OneOrMore {
                        noun: "a cause",
                        values: &Shape::Word(Cause::WORDS),
                    },
                    "What must be found to be wrong; of several, any.",
                ),
                Field::optional(
                    "with",
                    Shape::Text,
                    "What its error must say, where `because` has no word for it. Errors are reworded now and then: this fails then.",
                ),
                Field::optional(
                    WITHIN,
                    Shape::Duration,
                    "How long the step may wait before it has failed, if less than the target's budget.",
                ),
            ],
            one_of: &[&["because", "with"]],
        }),
        "Does another step, which must fail because of this. A step that succeeds, fails for another reason, is \
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
    let with = step.arguments.text("with").map(|with| Reason::Words(with.value));
    let causes = step.arguments.one_or_more("because").iter();
    let causes: Vec<Cause> = causes.filter_map(|node| Cause::of(node.text()?)).collect();
    let reason = with.or((!causes.is_empty()).then_some(Reason::Because(causes)));
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
            reason: reason?,
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
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
}

/// Why a step must fail.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// One of these was found to be wrong.
    Because(Vec<Cause>),
    /// Its error says this.
    #[serde(rename = "with")]
    Words(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Because(causes) => {
                let words: Vec<&str> = causes.iter().map(|cause| cause.word()).collect();
                write!(formatter, "because of {}", words.join(" or "))
            }
            Reason::Words(words) => write!(formatter, "with \"{words}\""),
        }
    }
}

impl Reason {
    /// Whether a failure is for this reason. Its help is advice, and nothing that was seen.
    fn is_of(&self, failure: &Failure) -> bool {
        match self {
            Reason::Because(causes) => failure.cause.is_some_and(|cause| causes.contains(&cause)),
            Reason::Words(words) => {
                let says = |text: &str| text.contains(words);
                says(&failure.summary) || failure.facts().any(|(_, value)| says(value))
            }
        }
    }
}

impl Act for ExpectRefused {
    fn describe(&self) -> String {
        format!("this must fail {}: {}", self.reason, self.step.describe())
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
                    .detail("expected", format!("a failure {}", self.reason))
                    .detail("seen", done)
                    .help("what the scenario takes for impossible or refused was done: look what it did"));
            }
            Err(failure) => failure,
        };
        if matches!(failure.kind, FailureKind::Interrupted | FailureKind::Harness) {
            return Err(failure);
        }
        if self.reason.is_of(&failure) {
            return Ok(format!("failed as it must: {}", failure.summary));
        }
        let found = failure.cause.map_or("nothing that has a word", Cause::word);
        let failure = match self.reason {
            Reason::Because(_) => failure.detail("found to be wrong", found),
            Reason::Words(_) => failure,
        };
        Err(failure.during(&format!("the step failed as it must, but not {}", self.reason)))
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

    fn refused(reason: Reason) -> ExpectRefused {
        ExpectRefused {
            step: Box::new(Action::ExpectMirrored(ExpectMirrored {
                volume: VolumeName::new("root").expect("a name"),
                primary: SiteName::Primary,
                lost: false,
                snapshot: None,
            })),
            reason,
        }
    }

    #[test]
    fn only_the_error_that_it_must_give_is_a_pass() {
        let it = refused(Reason::Words("primary at both sites".to_owned()));
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

    #[test]
    fn only_the_cause_that_it_must_have_is_a_pass() {
        let it = refused(Reason::Because(vec![Cause::LinkCut, Cause::NotReplicated]));
        let failed = |cause| Failure::expectation("link-cut, says the link").caused_by(cause);
        assert!(it.judged(Err(failed(Cause::LinkCut))).is_ok());
        assert!(it.judged(Err(failed(Cause::NotReplicated))).is_ok());
        // What follows from it has the same cause, until another one is found.
        let follows = failed(Cause::LinkCut).because("the mirror cannot be judged");
        assert!(it.judged(Err(follows.clone())).is_ok());
        assert!(it.judged(Err(follows.caused_by(Cause::SiteSilent))).is_err());
        // The words of an error are no cause.
        assert!(it.judged(Err(Failure::expectation("link-cut"))).is_err());
        assert!(it.judged(Err(failed(Cause::SplitBrain))).is_err());
        assert!(it.judged(Ok("not-replicated".to_owned())).is_err());
        for kind in [FailureKind::Interrupted, FailureKind::Harness] {
            let failure = Failure::new(kind, "stopped").caused_by(Cause::LinkCut);
            assert_eq!(it.judged(Err(failure)).expect_err("a failure").kind, kind);
        }
    }
}
