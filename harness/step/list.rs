//! What the list of verbs makes.

/// Makes the modules of the verbs, what a step does, the table of verbs and the keys of a step, from one list. rustfmt follows no
/// module that a macro names: `ci/format` hands it those files by name.
macro_rules! verbs {
    ($($module:ident: $verb:ident,)*) => {
        $(
            mod $module;
            pub use $module::$verb;
        )*

        use verb::Act;

        /// What a step does: one variant a verb.
        #[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Action {
            $(
                #[doc = concat!("[`", stringify!($verb), "`]")]
                $verb($verb),
            )*
        }

        impl Action {
            /// What it does, in one line of plain words.
            #[must_use]
            pub fn describe(&self) -> String {
                match self {
                    $(Action::$verb(step) => step.describe(),)*
                }
            }

            /// What it does to the backend as a whole, if that is what it does: scenarios that do the same can meet there.
            #[must_use]
            pub fn movement(&self) -> Option<crate::session::Movement> {
                match self {
                    $(Action::$verb(step) => step.movement(),)*
                }
            }

            /// Whether it disturbs all others: they wait until it has ended.
            #[must_use]
            pub fn disturbs(&self) -> bool {
                match self {
                    $(Action::$verb(step) => step.disturbs(),)*
                }
            }

            /// Whether it breaks or mends what all scenarios stand on: one that does runs alone.
            #[must_use]
            pub fn harms_others(&self) -> bool {
                match self {
                    $(Action::$verb(step) => step.harms_others(),)*
                }
            }

            /// What its result means, once all that explains it is known.
            ///
            /// # Errors
            /// As the verb judges.
            pub fn judged(
                &self,
                result: Result<String, crate::failure::Failure>,
            ) -> Result<String, crate::failure::Failure> {
                match self {
                    $(Action::$verb(step) => step.judged(result),)*
                }
            }

            /// What it is called if it takes a site or the backend from whoever uses it.
            #[must_use]
            pub fn strikes(&self) -> Option<&'static str> {
                match self {
                    $(Action::$verb(step) => step.strikes(),)*
                }
            }

            /// Its verb.
            pub(crate) fn verb(&self) -> &'static Verb {
                match self {
                    $(Action::$verb(_) => &$module::VERB,)*
                }
            }

            async fn act(&self, context: &mut crate::session::Context) -> Result<String, crate::failure::Failure> {
                match self {
                    $(Action::$verb(step) => step.run(context).await,)*
                }
            }
        }

        /// All verbs, in the order in which they are shown.
        static VERBS: [&Verb; [$(stringify!($verb)),*].len()] = [$(&$module::VERB),*];

        /// The verbs as the keys of a step.
        pub(crate) static FIELDS: [crate::document::Field; VERBS.len()] = [$($module::VERB.field),*];
    };
}
