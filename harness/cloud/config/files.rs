//! Finds a cloud in clouds.yaml and what belongs to it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::cloud_entry::CloudEntry;
use super::environment::Environment;
use super::error::CloudConfigError;
use crate::bounded_file;

/// The endings that openstacksdk tries, in its order. JSON is YAML.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

#[derive(Default, Deserialize)]
#[serde(default)]
struct CloudsFile {
    clouds: BTreeMap<String, CloudEntry>,
    #[serde(rename = "public-clouds")]
    public_clouds: BTreeMap<String, CloudEntry>,
}

/// The cloud `name`, with its profile under it and its secrets over it, and the files that it was read from.
pub(super) fn entry(
    name: &str,
    clouds_file: Option<&Path>,
    environment: &Environment,
) -> Result<(CloudEntry, Vec<PathBuf>), CloudConfigError> {
    let clouds = match clouds_file {
        Some(path) => Some(read_named(path.to_owned(), "the target")?),
        None => find("clouds", "OS_CLIENT_CONFIG_FILE", environment)?,
    };
    let Some((path, clouds)) = clouds else {
        return Err(CloudConfigError::NoFile {
            name: name.to_owned(),
            searched: candidates("clouds", environment),
        });
    };
    let mut own = cloud(clouds, name, &path)?;
    let mut files = vec![path];
    if let Some((path, secure)) = secure(clouds_file, environment)?
        && let Some(secrets) = secure.clouds.get(name)
    {
        own.merge(secrets.clone());
        files.push(path);
    }
    let profile = own
        .setting("profile")
        .or_else(|| own.setting("cloud"))
        .map(str::to_owned);
    let Some(profile) = profile else {
        return Ok((own, files));
    };
    let public = find("clouds-public", "OS_CLIENT_VENDOR_FILE", environment)?;
    let Some((path, under)) = public.and_then(|(path, file)| Some((path, file.public_clouds.get(&profile)?.clone())))
    else {
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
    cloud(parse(path, bytes)?, name, path)
}

fn cloud(mut file: CloudsFile, name: &str, path: &Path) -> Result<CloudEntry, CloudConfigError> {
    file.clouds.remove(name).ok_or_else(|| CloudConfigError::NoSuchCloud {
        name: name.to_owned(),
        path: path.to_owned(),
        found: file.clouds.into_keys().collect(),
    })
}

/// secure.yaml: the one that is named, the one beside a clouds.yaml that is named, or the first of the search path.
fn secure(
    clouds_file: Option<&Path>,
    environment: &Environment,
) -> Result<Option<(PathBuf, CloudsFile)>, CloudConfigError> {
    if environment.variable("OS_CLIENT_SECURE_FILE").is_none()
        && let Some(directory) = clouds_file.and_then(Path::parent)
    {
        for ending in ENDINGS {
            if let Some(file) = read(&directory.join(format!("secure.{ending}")))? {
                return Ok(Some(file));
            }
        }
    }
    find("secure", "OS_CLIENT_SECURE_FILE", environment)
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
) -> Result<Option<(PathBuf, CloudsFile)>, CloudConfigError> {
    if let Some(path) = environment.variable(variable) {
        return read_named(environment.resolve(path), variable).map(Some);
    }
    for path in candidates(stem, environment) {
        if let Some(file) = read(&path)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

fn read_named(path: PathBuf, named_by: &'static str) -> Result<(PathBuf, CloudsFile), CloudConfigError> {
    let bytes = bounded_file::read(&path).map_err(|error| CloudConfigError::Unreadable {
        path: path.clone(),
        named_by,
        message: error.to_string(),
    })?;
    let file = parse(&path, &bytes)?;
    Ok((path, file))
}

fn read(path: &Path) -> Result<Option<(PathBuf, CloudsFile)>, CloudConfigError> {
    match bounded_file::read(path) {
        Ok(bytes) => Ok(Some((path.to_owned(), parse(path, &bytes)?))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(CloudConfigError::Unreadable {
            path: path.to_owned(),
            named_by: "the search path",
            message: error.to_string(),
        }),
    }
}

fn parse(path: &Path, bytes: &[u8]) -> Result<CloudsFile, CloudConfigError> {
    let malformed = |message: String| CloudConfigError::Malformed {
        path: path.to_owned(),
        message,
    };
    let text = bounded_file::text(bytes).map_err(malformed)?;
    // The parser's snippets would show the lines around a fault, and passwords stand in these files.
    // Aliases may stand for aliases: a few hundred bytes of them took a second. Nobody's clouds come near this.
    let options = serde_saphyr::options! {
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 20_000 },
        with_snippet: false,
    };
    let file: Option<CloudsFile> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| malformed(error.to_string()))?;
    Ok(file.unwrap_or_default())
}
