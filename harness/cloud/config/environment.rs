//! What of the process a cloud's configuration depends on.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// The variables and directories that choose and find a cloud's configuration; a value, so tests need no process of their own.
#[derive(Clone, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    home: Option<PathBuf>,
    current_directory: PathBuf,
    system_directory: PathBuf,
}

impl Environment {
    /// The environment of this process. Variables that are not Unicode are left out, as no OS_* variable may be.
    ///
    /// # Errors
    /// The current directory is gone or must not be read.
    pub fn of_process() -> io::Result<Self> {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Ok(Self {
            variables,
            home: std::env::home_dir(),
            current_directory: std::env::current_dir()?,
            system_directory: PathBuf::from("/etc/openstack"),
        })
    }

    /// An environment with no variables, no home, and everything else under `directory`.
    pub fn isolated(directory: &Path) -> Self {
        Self {
            variables: BTreeMap::new(),
            home: None,
            current_directory: directory.to_owned(),
            system_directory: directory.join("etc/openstack"),
        }
    }

    /// The same with one variable set.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same in another current directory, which is searched for clouds.yaml first.
    #[must_use]
    pub fn with_current_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.current_directory = directory.into();
        self
    }

    /// The same with another home.
    #[must_use]
    pub fn with_home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// A variable; an empty one counts as not set, as openstacksdk has it.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// The names of the variables that begin with `OS_`.
    pub(super) fn openstack_variables(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter(|(name, value)| name.starts_with("OS_") && !value.is_empty())
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The directories that are searched for clouds.yaml and its companions, in order.
    pub(super) fn search_path(&self) -> Vec<PathBuf> {
        let user = self
            .variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| self.home.as_ref().map(|home| home.join(".config")))
            .map(|directory| directory.join("openstack"));
        let mut path = vec![self.current_directory.clone()];
        path.extend(user);
        path.push(self.system_directory.clone());
        path
    }

    /// A path from a configuration: `~` is the home, and a relative path starts at the current directory.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        if let (Some(rest), Some(home)) = (path.strip_prefix("~/"), &self.home) {
            return home.join(rest);
        }
        self.current_directory.join(path)
    }
}

/// Shows no values, since OS_PASSWORD is among them.
impl fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Environment")
            .field(
                "variables",
                &self
                    .variables
                    .keys()
                    .filter(|name| name.starts_with("OS_"))
                    .collect::<Vec<_>>(),
            )
            .field("home", &self.home)
            .field("current_directory", &self.current_directory)
            .field("system_directory", &self.system_directory)
            .finish()
    }
}
