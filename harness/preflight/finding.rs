//! What a check found.

use serde::Serialize;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is as it must be.
    Ok,
    /// It does not prevent a failover, but an operator should know.
    Warning,
    /// A failover, a failback or a drill would fail or do damage.
    Problem,
    /// Unknown.
    NotChecked,
    /// It means nothing for this backend's driver.
    NotApplicable,
}

impl Status {
    /// Its word in reports.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Problem => "PROBLEM",
            Status::NotChecked => "not checked",
            Status::NotApplicable => "n/a",
        }
    }
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fix {
    /// Something that has no command.
    Do(String),
    /// A command line, with the machine on which it is to be typed.
    #[serde(rename_all = "kebab-case")]
    Run {
        /// Where.
        at: At,
        /// The command line.
        command: String,
    },
    /// A line of a configuration file.
    #[serde(rename_all = "kebab-case")]
    Write {
        /// The file, and the section if it has any.
        file: String,
        /// The line.
        line: String,
    },
}

/// A machine on which a command is to be typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum At {
    /// Where OpenStack's clients are.
    Here,
    /// Where cinder-volume runs.
    Controller,
    /// A site or a host, by its name.
    #[serde(untagged)]
    Named(String),
}

impl From<&str> for At {
    fn from(name: &str) -> At {
        At::Named(name.to_owned())
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            At::Here => "here",
            At::Controller => "controller",
            At::Named(name) => name,
        })
    }
}

/// What a check found: how it came out, what it was judged by, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// How it came out.
    pub status: Status,
    /// What was seen, one sentence a line, the most telling first. Of what was not checked it is the reason.
    pub evidence: Vec<String>,
    /// What to do about it, in this order.
    pub fixes: Vec<Fix>,
}

impl Finding {
    fn new(status: Status, evidence: impl Into<String>) -> Finding {
        Finding {
            status,
            evidence: vec![evidence.into()],
            fixes: Vec::new(),
        }
    }

    /// It is as it must be.
    #[must_use]
    pub fn ok(evidence: impl Into<String>) -> Finding {
        Finding::new(Status::Ok, evidence)
    }

    /// An operator should know.
    #[must_use]
    pub fn warning(evidence: impl Into<String>) -> Finding {
        Finding::new(Status::Warning, evidence)
    }

    /// Something would fail.
    #[must_use]
    pub fn problem(evidence: impl Into<String>) -> Finding {
        Finding::new(Status::Problem, evidence)
    }

    /// Unknown, for this reason.
    #[must_use]
    pub fn not_checked(reason: impl Into<String>) -> Finding {
        Finding::new(Status::NotChecked, reason)
    }

    /// It means nothing for the driver.
    #[must_use]
    pub fn not_applicable(reason: impl Into<String>) -> Finding {
        Finding::new(Status::NotApplicable, reason)
    }

    /// Unknown, because a question has no answer.
    #[must_use]
    pub fn unasked(unasked: &super::Unasked) -> Finding {
        let finding = Finding::not_checked(&unasked.reason);
        match &unasked.help {
            Some(help) => finding.fix(Fix::Do(help.clone())),
            None => finding,
        }
    }

    /// With more that was seen.
    #[must_use]
    pub fn and(mut self, evidence: impl Into<String>) -> Finding {
        self.evidence.push(evidence.into());
        self
    }

    /// With all of these that were seen.
    #[must_use]
    pub fn and_all(mut self, evidence: impl IntoIterator<Item = String>) -> Finding {
        self.evidence.extend(evidence);
        self
    }

    /// With something to do about it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Finding {
        self.fixes.push(fix);
        self
    }

    /// With something to do about it, if there is.
    #[must_use]
    pub fn fix_if(self, fix: Option<Fix>) -> Finding {
        match fix {
            Some(fix) => self.fix(fix),
            None => self,
        }
    }

    /// With a command to type at a place.
    #[must_use]
    pub fn run(self, at: impl Into<At>, command: impl Into<String>) -> Finding {
        self.fix(Fix::Run {
            at: at.into(),
            command: command.into(),
        })
    }

    /// The worse of several findings, with the evidence and the fixes of those that are as bad: one check may look at
    /// both sites. What was not checked at one site weighs more than
    /// anything but a problem at the other: a half-made check promises nothing.
    #[must_use]
    pub fn worst(findings: Vec<Finding>) -> Finding {
        let weight = |finding: &Finding| match finding.status {
            Status::NotApplicable => 0,
            Status::Ok => 1,
            Status::Warning => 2,
            Status::NotChecked => 3,
            Status::Problem => 4,
        };
        let worst = findings.iter().map(weight).max().unwrap_or(0);
        let mut parts = findings.into_iter().filter(|finding| weight(finding) == worst);
        let mut finding = parts
            .next()
            .unwrap_or_else(|| Finding::not_checked("there was nothing to check"));
        for part in parts {
            for evidence in part.evidence {
                if !finding.evidence.contains(&evidence) {
                    finding.evidence.push(evidence);
                }
            }
            for fix in part.fixes {
                if !finding.fixes.contains(&fix) {
                    finding.fixes.push(fix);
                }
            }
        }
        finding
    }
}
