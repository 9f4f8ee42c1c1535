//! Makes a [`CloudConfig`] of a cloud's settings, or says all that is missing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use reqwest::Url;
use secrecy::SecretString;

use super::cloud_config::{CloudConfig, Interface, Timeouts, Tls, Verification};
use super::cloud_entry::CloudEntry;
use super::credential::{Credential, DomainReference, ProjectReference, UserReference};
use super::environment::Environment;
use super::error::CloudConfigError;
use crate::cloud::ServiceKind;
use crate::cloud::transport::RetryPolicy;
use crate::cloud::version_path::with_version;
use crate::redaction::redact;

pub(super) fn resolve(
    name: &str,
    mut entry: CloudEntry,
    files: Vec<PathBuf>,
    environment: &Environment,
) -> Result<CloudConfig, CloudConfigError> {
    let region = choose_region(name, &mut entry)?;
    let mut needs = Needs {
        name,
        missing: Vec::new(),
    };
    // Who writes the `auth_type` of a password means it, and openstacksdk passes over the keys of others; a scope counts always.
    let is_scope = |key: &String| matches!(key.as_str(), "system_scope" | "trust_id");
    let keys: Vec<String> = match entry.setting("auth_type") {
        None => entry.foreign_auth.iter().cloned().collect(),
        Some("password" | "v3password" | "v3applicationcredential") => {
            entry.foreign_auth.iter().filter(|key| is_scope(key)).cloned().collect()
        }
        // An `auth_type` that the harness does not have is the better name for what is meant.
        Some(_) => Vec::new(),
    };
    if !keys.is_empty() {
        let name = name.to_owned();
        return Err(CloudConfigError::ForeignAuth { name, keys });
    }
    let auth_url = needs
        .take(entry.auth("auth_url"), "where Keystone is (`auth_url`)")
        .map(str::to_owned);
    let credential = credential(&entry, &mut needs)?;
    let (Some(auth_url), Some(credential)) = (auth_url, credential) else {
        return Err(CloudConfigError::Missing {
            name: name.to_owned(),
            missing: needs.missing,
        });
    };
    let interface = match entry.setting("interface").or_else(|| entry.setting("endpoint_type")) {
        None => Interface::default(),
        Some(text) => text
            .parse()
            .map_err(|()| bad(name, "interface", text, "public, internal or admin"))?,
    };
    Ok(CloudConfig {
        name: name.to_owned(),
        auth_url: with_version(&url(name, "auth_url", &auth_url)?, "v3", true),
        credential,
        region,
        interface,
        tls: tls(name, &entry, environment)?,
        endpoint_overrides: endpoint_overrides(name, &entry)?,
        retry: RetryPolicy::default(),
        timeouts: Timeouts::default(),
        files,
    })
}

struct Needs<'a> {
    name: &'a str,
    missing: Vec<String>,
}

impl Needs<'_> {
    fn take<T>(&mut self, value: Option<T>, what: &str) -> Option<T> {
        if value.is_none() {
            self.missing.push(what.to_owned());
        }
        value
    }
}

fn bad(name: &str, key: &str, value: &str, expected: &'static str) -> CloudConfigError {
    CloudConfigError::BadValue {
        name: name.to_owned(),
        key: key.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

/// The region that is named, or the first of the cloud's list; its own values are merged in.
fn choose_region(name: &str, entry: &mut CloudEntry) -> Result<Option<String>, CloudConfigError> {
    let named = entry.setting("region_name").map(str::to_owned);
    if entry.regions.is_empty() {
        return Ok(named);
    }
    let found = || entry.regions.iter().map(|region| region.name.clone()).collect();
    let region = match &named {
        None => entry.regions.first(),
        Some(wanted) => entry.regions.iter().find(|region| region.name == *wanted),
    };
    let Some(region) = region.cloned() else {
        return Err(CloudConfigError::NoSuchRegion {
            name: name.to_owned(),
            region: named.unwrap_or_default(),
            found: found(),
        });
    };
    entry.merge(region.values);
    Ok(Some(region.name))
}

fn credential(entry: &CloudEntry, needs: &mut Needs<'_>) -> Result<Option<Credential>, CloudConfigError> {
    let has_application_credential = entry
        .auth("application_credential_id")
        .or_else(|| entry.auth("application_credential_name"))
        .is_some();
    match entry.setting("auth_type") {
        Some("v3applicationcredential") => Ok(application_credential(entry, needs)),
        None if has_application_credential => Ok(application_credential(entry, needs)),
        None | Some("password" | "v3password") => Ok(password(entry, needs)),
        Some(other) => Err(CloudConfigError::UnknownAuthType {
            name: needs.name.to_owned(),
            auth_type: other.to_owned(),
        }),
    }
}

fn application_credential(entry: &CloudEntry, needs: &mut Needs<'_>) -> Option<Credential> {
    let secret = needs.take(
        entry.auth("application_credential_secret"),
        "the application credential's secret (`application_credential_secret`)",
    );
    if let Some(id) = entry.auth("application_credential_id") {
        return Some(Credential::ApplicationCredentialId {
            id: id.to_owned(),
            secret: SecretString::from(secret?),
        });
    }
    let name = needs.take(
        entry.auth("application_credential_name"),
        "which application credential (`application_credential_id`, or `application_credential_name`)",
    );
    let user = user(entry, needs);
    Some(Credential::ApplicationCredentialName {
        name: name?.to_owned(),
        user: user?,
        secret: SecretString::from(secret?),
    })
}

fn password(entry: &CloudEntry, needs: &mut Needs<'_>) -> Option<Credential> {
    let user = user(entry, needs);
    let password = needs.take(entry.auth("password"), "the user's password (`password`)");
    let project = project(entry, needs);
    Some(Credential::Password {
        user: user?,
        password: SecretString::from(password?),
        project: project?,
    })
}

fn user(entry: &CloudEntry, needs: &mut Needs<'_>) -> Option<UserReference> {
    if let Some(id) = entry.auth("user_id") {
        return Some(UserReference::Id(id.to_owned()));
    }
    let name = needs.take(entry.auth("username"), "the user (`username` or `user_id`)");
    let domain = domain(entry, "user");
    let domain = needs.take(domain, "the user's domain (`user_domain_name` or `user_domain_id`)");
    Some(UserReference::Name {
        name: name?.to_owned(),
        domain: domain?,
    })
}

fn project(entry: &CloudEntry, needs: &mut Needs<'_>) -> Option<ProjectReference> {
    if let Some(id) = entry.auth("project_id").or_else(|| entry.auth("tenant_id")) {
        return Some(ProjectReference::Id(id.to_owned()));
    }
    let name = entry.auth("project_name").or_else(|| entry.auth("tenant_name"));
    let name = needs.take(name, "the project (`project_name` or `project_id`)");
    let domain = domain(entry, "project");
    let domain = needs.take(
        domain,
        "the project's domain (`project_domain_name` or `project_domain_id`)",
    );
    Some(ProjectReference::Name {
        name: name?.to_owned(),
        domain: domain?,
    })
}

/// The domain of the user or the project: its own, or the one that is said once for both.
fn domain(entry: &CloudEntry, of: &str) -> Option<DomainReference> {
    let by_id = |key: &str| entry.auth(key).map(|id| DomainReference::Id(id.to_owned()));
    let by_name = |key: &str| entry.auth(key).map(|name| DomainReference::Name(name.to_owned()));
    by_id(&format!("{of}_domain_id"))
        .or_else(|| by_name(&format!("{of}_domain_name")))
        .or_else(|| by_id("domain_id"))
        .or_else(|| by_name("domain_name"))
        .or_else(|| by_id("default_domain_id"))
        .or_else(|| by_name("default_domain_name"))
        // keystoneauth's generic password plugin takes `default_domain` for an id; devstack and kolla write `default`.
        .or_else(|| by_id("default_domain"))
}

fn tls(name: &str, entry: &CloudEntry, environment: &Environment) -> Result<Tls, CloudConfigError> {
    let flag = |key: &str| match entry.setting(key) {
        None => Ok(None),
        Some(text) => truth(text)
            .map(Some)
            .ok_or_else(|| bad(name, key, text, "true or false")),
    };
    // `verify` wins over `insecure`, as in openstacksdk.
    let verify = match (flag("verify")?, flag("insecure")?) {
        (Some(verify), _) => verify,
        (None, Some(insecure)) => !insecure,
        (None, None) => true,
    };
    let verification = match (verify, entry.setting("cacert")) {
        (false, _) => Verification::Off,
        (true, Some(path)) => Verification::Bundle(environment.resolve(path)),
        (true, None) => Verification::System,
    };
    // A certificate file without a key is taken to hold both, as requests does.
    let client_certificate = entry.setting("cert").map(|certificate| {
        let key = entry.setting("key").unwrap_or(certificate);
        (environment.resolve(certificate), environment.resolve(key))
    });
    Ok(Tls {
        verification,
        client_certificate,
    })
}

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some(true),
        "false" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn endpoint_overrides(name: &str, entry: &CloudEntry) -> Result<BTreeMap<ServiceKind, Url>, CloudConfigError> {
    const PREFIXES: [(&str, ServiceKind); 6] = [
        ("volume", ServiceKind::BlockStorage),
        ("volumev3", ServiceKind::BlockStorage),
        ("block_storage", ServiceKind::BlockStorage),
        ("compute", ServiceKind::Compute),
        ("image", ServiceKind::Image),
        ("network", ServiceKind::Network),
    ];
    let mut overrides = BTreeMap::new();
    // Later prefixes are the better names and win.
    for (prefix, service) in PREFIXES {
        let key = format!("{prefix}_endpoint_override");
        if let Some(text) = entry.setting(&key) {
            overrides.insert(service, url(name, &key, text)?);
        }
    }
    Ok(overrides)
}

fn url(name: &str, key: &str, text: &str) -> Result<Url, CloudConfigError> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| bad(name, key, &redact(text), "an http or https URL"))
}
