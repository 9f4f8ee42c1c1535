//! Finds a cloud in clouds.yaml and what belongs to it.

use std::io;
use std::path::{Path, PathBuf};

use serde::de::DeserializeSeed;

use super::cloud_entry::CloudEntry;
use super::environment::Environment;
use super::error::CloudConfigError;
use super::one_entry::{FileSeed, Found};
use crate::bounded_file;

/// The endings that openstacksdk tries, in its order. JSON is YAML.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// What is wanted of a file: an entry of its `clouds`, or of its `public-clouds`.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    section: &'static str,
    name: &'a str,
}

impl<'a> Wanted<'a> {
    fn cloud(name: &'a str) -> Self {
        let section = "clouds";
        Wanted { section, name }
    }

    fn profile(name: &'a str) -> Self {
        let section = "public-clouds";
        Wanted { section, name }
    }
}

/// The cloud `name`, with its profile under it and its secrets over it, and the files that it was read from.
pub(super) fn entry(
    name: &str,
    clouds_file: Option<&Path>,
    environment: &Environment,
) -> Result<(CloudEntry, Vec<PathBuf>), CloudConfigError> {
    let clouds = match clouds_file {
        Some(path) => Some(read_named(path.to_owned(), "the target", Wanted::cloud(name))?),
        None => find("clouds", "OS_CLIENT_CONFIG_FILE", environment, Wanted::cloud(name))?,
    };
    let Some((path, found)) = clouds else {
        return Err(CloudConfigError::NoFile {
            name: name.to_owned(),
            searched: candidates("clouds", environment),
        });
    };
    let mut own = cloud(found, name, &path)?;
    let mut files = vec![path];
    if let Some((path, secure)) = secure(name, clouds_file, environment)?
        && let Some(secrets) = secure.entry
    {
        own.merge(secrets);
        files.push(path);
    }
    let profile = own
        .setting("profile")
        .or_else(|| own.setting("cloud"))
        .map(str::to_owned);
    let Some(profile) = profile else {
        return Ok((own, files));
    };
    let public = find(
        "clouds-public",
        "OS_CLIENT_VENDOR_FILE",
        environment,
        Wanted::profile(&profile),
    )?;
    let Some((path, under)) = public.and_then(|(path, found)| Some((path, found.entry?))) else {
        let searched = candidates("clouds-public", environment);
        return Err(CloudConfigError::NoSuchProfile {
            name: name.to_owned(),
            profile,
            searched,
        });
    };
    files.push(path);
    let mut entry = under;
    entry.merge(own);
    Ok((entry, files))
}

/// The cloud `name` of a clouds.yaml whose bytes are these, without profile and secrets of other files.
pub(super) fn entry_of_bytes(name: &str, path: &Path, bytes: &[u8]) -> Result<CloudEntry, CloudConfigError> {
    cloud(parse(path, bytes, Wanted::cloud(name))?, name, path)
}

fn cloud(found: Found, name: &str, path: &Path) -> Result<CloudEntry, CloudConfigError> {
    let Found { entry, others } = found;
    entry.ok_or_else(|| CloudConfigError::NoSuchCloud {
        name: name.to_owned(),
        path: path.to_owned(),
        found: others,
    })
}

/// secure.yaml: the one that is named, the one beside a clouds.yaml that is named, or the first of the search path.
fn secure(
    name: &str,
    clouds_file: Option<&Path>,
    environment: &Environment,
) -> Result<Option<(PathBuf, Found)>, CloudConfigError> {
    let wanted = Wanted::cloud(name);
    if environment.variable("OS_CLIENT_SECURE_FILE").is_none()
        && let Some(directory) = clouds_file.and_then(Path::parent)
    {
        for ending in ENDINGS {
            if let Some(file) = read(&directory.join(format!("secure.{ending}")), wanted)? {
                return Ok(Some(file));
            }
        }
    }
    find("secure", "OS_CLIENT_SECURE_FILE", environment, wanted)
}

fn candidates(stem: &str, environment: &Environment) -> Vec<PathBuf> {
    environment
        .search_path()
        .iter()
        .flat_map(|directory| ENDINGS.map(|ending| directory.join(format!("{stem}.{ending}"))))
        .collect()
}

/// The file that `variable` names, or the first that there is on the search path.
fn find(
    stem: &str,
    variable: &'static str,
    environment: &Environment,
    wanted: Wanted<'_>,
) -> Result<Option<(PathBuf, Found)>, CloudConfigError> {
    if let Some(path) = environment.variable(variable) {
        return read_named(environment.resolve(path), variable, wanted).map(Some);
    }
    for path in candidates(stem, environment) {
        if let Some(file) = read(&path, wanted)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn read_named(path: PathBuf, named_by: &'static str, wanted: Wanted<'_>) -> Result<(PathBuf, Found), CloudConfigError> {
    let bytes = bounded_file::read(&path).map_err(|error| CloudConfigError::Unreadable {
        path: path.clone(),
        named_by,
        message: error.to_string(),
    })?;
    let file = parse(&path, &bytes, wanted)?;
    Ok((path, file))
}

fn read(path: &Path, wanted: Wanted<'_>) -> Result<Option<(PathBuf, Found)>, CloudConfigError> {
    match bounded_file::read(path) {
        Ok(bytes) => Ok(Some((path.to_owned(), parse(path, &bytes, wanted)?))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(CloudConfigError::Unreadable {
            path: path.to_owned(),
            named_by: "the search path",
            message: error.to_string(),
        }),
    }
}

fn parse(path: &Path, bytes: &[u8], wanted: Wanted<'_>) -> Result<Found, CloudConfigError> {
    let malformed = |message: String| CloudConfigError::Malformed {
        path: path.to_owned(),
        message,
    };
    let text = bounded_file::text(bytes).map_err(malformed)?;
    // The parser's snippets would show the lines around a fault, and passwords stand in these files. Aliases may stand for
    // aliases: a few hundred bytes of them took a second. Real files are far below this limit.
    let options = serde_saphyr::options! {
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
        with_snippet: false,
    };
    let file = FileSeed {
        section: wanted.section,
        name: wanted.name,
    };
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |parser| file.deserialize(parser))
        .map_err(|error| malformed(error.to_string()))
}
