//! Which cloud is meant, from files and variables.

use std::path::PathBuf;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use crate::cloud::ServiceKind;
use crate::cloud::config::{
    CloudConfig, CloudConfigError, Credential, DomainReference, Environment, Interface, ProjectReference,
    UserReference, Verification,
};

const CLOUDS: &str = "\
clouds:
  lab:
    auth:
      auth_url: http://192.0.2.1:5000
      username: admin
      password: from-clouds
      project_name: demo
      user_domain_name: Default
      project_domain_id: default
    region_name: RegionOne
    volume_api_version: 3
    compute_api_version: 2.90
    networks: [{ name: lab, routes_externally: true }]
  other: {}
";

/// A directory of its own, with `clouds.yaml` in it.
struct Place(TempDir);

impl Place {
    fn new(clouds: &str) -> Self {
        Self(tempfile::tempdir().unwrap()).with("clouds.yaml", clouds)
    }

    fn with(self, name: &str, text: &str) -> Self {
        let path = self.0.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn environment(&self) -> Environment {
        Environment::isolated(self.0.path())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, name: &str) -> Result<CloudConfig, CloudConfigError> {
        CloudConfig::load(name, None, &self.environment())
    }
}

fn password(config: &CloudConfig) -> &str {
    match &config.credential {
        Credential::Password { password, .. } => password.expose_secret(),
        other => panic!("{other}"),
    }
}

/// A cloud with everything that is needed, and these lines more, indented as the cloud's own keys.
fn cloud_with(lines: &str) -> Place {
    let lines: String = lines.lines().map(|line| format!("    {line}\n")).collect();
    Place::new(&CLOUDS.replace("    region_name: RegionOne\n", &lines))
}

#[test]
fn a_cloud_of_the_current_directory() {
    let place = Place::new(CLOUDS);
    let config = place.load("lab").unwrap();
    assert_eq!(config.auth_url.as_str(), "http://192.0.2.1:5000/v3/");
    assert_eq!(config.region.as_deref(), Some("RegionOne"));
    assert_eq!(config.interface, Interface::Public);
    assert_eq!(config.tls.verification, Verification::System);
    assert_eq!(config.files, [place.path("clouds.yaml")]);
    let Credential::Password { user, project, .. } = &config.credential else {
        panic!()
    };
    assert_eq!(
        *user,
        UserReference::Name {
            name: "admin".to_owned(),
            domain: DomainReference::Name("Default".to_owned())
        }
    );
    assert_eq!(
        *project,
        ProjectReference::Name {
            name: "demo".to_owned(),
            domain: DomainReference::Id("default".to_owned())
        }
    );
    assert_eq!(password(&config), "from-clouds");
    assert!(!format!("{config:?}").contains("from-clouds"));
}

#[test]
fn secrets_come_from_a_file_of_their_own() {
    let secure = "clouds: { lab: { auth: { password: from-secure } } }";
    let place = Place::new(CLOUDS).with("secure.yaml", secure);
    assert_eq!(password(&place.load("lab").unwrap()), "from-secure");
    assert_eq!(place.load("lab").unwrap().files.len(), 2);

    let place = Place::new(CLOUDS).with("etc/openstack/secure.yml", secure);
    assert_eq!(password(&place.load("lab").unwrap()), "from-secure");

    let place = Place::new(CLOUDS).with("elsewhere.yaml", secure);
    let environment = place
        .environment()
        .with_variable("OS_CLIENT_SECURE_FILE", "elsewhere.yaml");
    assert_eq!(
        password(&CloudConfig::load("lab", None, &environment).unwrap()),
        "from-secure"
    );
}

#[test]
fn the_search_path_in_its_order() {
    let named = |name: &str| CLOUDS.replace("from-clouds", name);
    let place = Place::new(&named("current"))
        .with("home/.config/openstack/clouds.yaml", &named("home"))
        .with("etc/openstack/clouds.yaml", &named("system"))
        .with("named.yaml", &named("named"))
        .with("target.yaml", &named("target"));
    let environment = place.environment().with_home(place.path("home"));
    let found = |environment: &Environment| password(&CloudConfig::load("lab", None, environment).unwrap()).to_owned();

    let all = environment.clone().with_variable("OS_CLIENT_CONFIG_FILE", "named.yaml");
    let of_target = CloudConfig::load("lab", Some(&place.path("target.yaml")), &all).unwrap();
    assert_eq!(password(&of_target), "target");
    assert_eq!(found(&all), "named");
    assert_eq!(found(&environment), "current");
    std::fs::remove_file(place.path("clouds.yaml")).unwrap();
    assert_eq!(found(&environment), "home");
    let elsewhere = environment
        .clone()
        .with_variable("XDG_CONFIG_HOME", place.path("nowhere").to_str().unwrap());
    assert_eq!(found(&elsewhere), "system");
}

#[test]
fn variables_are_a_cloud() {
    let environment = Environment::isolated(&std::env::temp_dir())
        .with_variable("OS_AUTH_URL", "https://cloud.example/identity/v3")
        .with_variable("OS_USERNAME", "admin")
        .with_variable("OS_PASSWORD", "0815")
        .with_variable("OS_PROJECT_NAME", "demo")
        .with_variable("OS_USER_DOMAIN_NAME", "Default")
        .with_variable("OS_PROJECT_DOMAIN_NAME", "Default")
        .with_variable("OS_CLOUD", "ignored")
        .with_variable("OS_INTERFACE", "internal")
        .with_variable("OS_REGION_NAME", "")
        .with_variable("OS_CACERT", "~/ca.pem")
        .with_home("/home/me");
    let config = CloudConfig::load("envvars", None, &environment).unwrap();
    assert_eq!(config.auth_url.as_str(), "https://cloud.example/identity/v3/");
    assert_eq!(password(&config), "0815");
    assert_eq!(config.interface, Interface::Internal);
    assert_eq!(config.region, None);
    assert_eq!(config.tls.verification, Verification::Bundle("/home/me/ca.pem".into()));
    assert!(!format!("{environment:?}").contains("0815"));
}

#[test]
fn a_password_stays_as_it_is_written() {
    for written in ["0123", "1e5", "yes", "123_456", "0x1f", "1.10"] {
        let place = Place::new(&CLOUDS.replace("from-clouds", written));
        assert_eq!(password(&place.load("lab").unwrap()), written);
    }
}

#[test]
fn application_credentials_by_id_and_by_name() {
    let clouds = "\
clouds:
  by-id:
    auth_type: v3applicationcredential
    auth: { auth_url: http://box, application_credential_id: abc, application_credential_secret: xyz }
  by-name:
    auth:
      auth_url: http://box
      application-credential-name: drill
      application_credential_secret: xyz
      user_id: u1
";
    let place = Place::new(clouds);
    let by_id = place.load("by-id").unwrap();
    assert_eq!(by_id.credential.to_string(), "application credential id abc");
    assert!(!format!("{by_id:?}").contains("xyz"));
    let by_name = place.load("by-name").unwrap();
    assert_eq!(
        by_name.credential.to_string(),
        "application credential 'drill' of user id u1"
    );
}

#[test]
fn a_domain_may_be_said_once() {
    let place = Place::new(
        "clouds: { lab: { auth: { auth_url: http://box, username: a, password: b, project_name: c, domain_name: D } } }",
    );
    let Credential::Password { user, project, .. } = place.load("lab").unwrap().credential else {
        panic!()
    };
    assert_eq!(user.to_string(), "user 'a' of domain 'D'");
    assert_eq!(project.to_string(), "project 'c' of domain 'D'");
}

#[test]
fn tls_interface_and_overrides() {
    let place = cloud_with(
        "verify: false\ncacert: ca.pem\ninterface: internalURL\nvolume_endpoint_override: http://v:1/v3\n\
         block-storage-endpoint-override: http://b:1/v3\ncert: client.pem\nkey: /keys/client.key",
    );
    let config = place.load("lab").unwrap();
    assert_eq!(config.tls.verification, Verification::Off);
    assert_eq!(
        config.tls.client_certificate,
        Some((place.path("client.pem"), "/keys/client.key".into()))
    );
    assert_eq!(config.interface, Interface::Internal);
    assert_eq!(
        config.endpoint_overrides[&ServiceKind::BlockStorage].as_str(),
        "http://b:1/v3"
    );
    let config = cloud_with("insecure: True\nverify: yes\ncacert: ca.pem")
        .load("lab")
        .unwrap();
    assert!(
        matches!(config.tls.verification, Verification::Bundle(_)),
        "verify wins"
    );
    assert_eq!(
        cloud_with("insecure: '1'").load("lab").unwrap().tls.verification,
        Verification::Off
    );
}

#[test]
fn regions_have_values_of_their_own() {
    let lines = "regions:\n- one\n- name: two\n  values: { interface: admin, auth: { auth_url: 'http://two:5000' } }";
    let config = cloud_with(lines).load("lab").unwrap();
    assert_eq!(
        (config.region.as_deref(), config.interface),
        (Some("one"), Interface::Public)
    );
    let config = cloud_with(&format!("region_name: two\n{lines}")).load("lab").unwrap();
    assert_eq!(
        (config.interface, config.auth_url.as_str()),
        (Interface::Admin, "http://two:5000/v3/")
    );
    let error = cloud_with(&format!("region_name: tow\n{lines}"))
        .load("lab")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cloud 'lab' has no region 'tow'; its regions are one, two"
    );
}

#[test]
fn a_profile_lies_under_the_cloud() {
    let place = cloud_with("profile: vendor").with(
        "clouds-public.yaml",
        "public-clouds: { vendor: { auth: { auth_url: http://vendor, username: nobody }, region_name: V, interface: admin } }",
    );
    let config = place.load("lab").unwrap();
    assert_eq!(
        config.auth_url.as_str(),
        "http://192.0.2.1:5000/v3/",
        "the cloud's own wins"
    );
    assert_eq!(
        (config.region.as_deref(), config.interface),
        (Some("V"), Interface::Admin)
    );
    let error = cloud_with("profile: vendor").load("lab").unwrap_err();
    assert!(matches!(error, CloudConfigError::NoSuchProfile { .. }), "{error}");
}

#[test]
fn everything_that_is_missing_is_told_at_once() {
    let error = Place::new(CLOUDS).load("other").unwrap_err();
    let CloudConfigError::Missing { missing, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(missing.len(), 6, "{error}");
    for key in [
        "auth_url",
        "username",
        "user_domain_name",
        "password",
        "project_name",
        "project_domain_name",
    ] {
        assert!(error.to_string().contains(key), "{error}");
    }
    let error = CloudConfig::load("envvars", None, &Place::new("").environment()).unwrap_err();
    assert!(error.help().unwrap().contains("OS_AUTH_URL"));
}

#[test]
fn a_cloud_that_is_not_there() {
    let error = Place::new(CLOUDS).load("labb").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("clouds.yaml has no cloud 'labb'; it has lab, other"),
        "{error}"
    );
    assert_eq!(error.help().as_deref(), Some("did you mean 'lab'?"));

    let empty = Place::new("");
    assert!(matches!(
        empty.load("lab").unwrap_err(),
        CloudConfigError::NoSuchCloud { .. }
    ));
    std::fs::remove_file(empty.path("clouds.yaml")).unwrap();
    let error = empty.load("lab").unwrap_err();
    let CloudConfigError::NoFile { searched, .. } = &error else {
        panic!("{error}")
    };
    assert!(
        searched.contains(&empty.path("clouds.yml")) && searched.contains(&empty.path("etc/openstack/clouds.yaml"))
    );
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let place = Place::new(CLOUDS);
    let environment = place
        .environment()
        .with_variable("OS_CLIENT_CONFIG_FILE", "absent.yaml");
    let error = CloudConfig::load("lab", None, &environment).unwrap_err();
    assert!(
        error.to_string().contains("which OS_CLIENT_CONFIG_FILE names"),
        "{error}"
    );
    let error = CloudConfig::load("lab", Some(&place.path("absent.yaml")), &place.environment()).unwrap_err();
    assert!(error.to_string().contains("which the target names"), "{error}");
}

#[test]
fn a_broken_file_is_told_by_line_and_without_its_secrets() {
    for broken in [
        CLOUDS.replace("from-clouds", "[from-clouds"),
        CLOUDS.replace(
            "password: from-clouds",
            "password: from-clouds\n      password: from-clouds",
        ),
        CLOUDS.replace("password: from-clouds", "password: { from-clouds: from-clouds }"),
        CLOUDS.replace("auth:\n", "auth: from-clouds\n    unused:\n"),
    ] {
        let error = Place::new(&broken).load("lab").unwrap_err();
        let CloudConfigError::Malformed { message, .. } = &error else {
            panic!("{error}")
        };
        assert!(message.contains("line "), "{message}");
        assert!(!message.contains("from-clouds"), "{message}");
    }
}

#[test]
fn values_that_are_none_of_their_kind() {
    for (lines, key, expected) in [
        ("interface: outside", "interface", "public, internal or admin"),
        ("verify: perhaps", "verify", "true or false"),
        (
            "compute_endpoint_override: nova",
            "compute_endpoint_override",
            "an http or https URL",
        ),
    ] {
        let error = cloud_with(lines).load("lab").unwrap_err();
        assert!(
            error.to_string().contains(key) && error.to_string().contains(expected),
            "{error}"
        );
    }
    let error = cloud_with("auth_type: v3oidcpassword").load("lab").unwrap_err();
    assert_eq!(
        error.to_string(),
        "cloud 'lab' logs in by auth_type 'v3oidcpassword', which cinder-drill does not have"
    );
}

#[test]
fn only_the_entry_that_is_used_is_read() {
    let odd = "  mfa:\n    auth_type: v3multifactor\n    auth:\n      auth_methods:\n        - v3password\n        - v3totp\n  \
               empty:\n  list: [1, 2]\n  text: here\n  deep: { auth: { auth_url: { a: [b] } }, regions: 7 }\n";
    let place = Place::new(&format!("{CLOUDS}{odd}"));
    assert_eq!(password(&place.load("lab").unwrap()), "from-clouds");
    let error = place.load("mfa").unwrap_err();
    assert!(
        matches!(&error, CloudConfigError::UnknownAuthType { auth_type, .. } if auth_type == "v3multifactor"),
        "{error}"
    );
    assert!(error.help().unwrap().contains("application credential create"));
    assert!(matches!(
        place.load("empty").unwrap_err(),
        CloudConfigError::Missing { .. }
    ));
    for name in ["list", "text", "deep"] {
        assert!(
            matches!(place.load(name).unwrap_err(), CloudConfigError::Malformed { .. }),
            "{name}"
        );
    }
    // A fault of the file's form is one, wherever it is.
    for broken in ["  x: [", "  lab: {}", "  x: { a: 1, a: 2 }"] {
        let error = Place::new(&format!("{CLOUDS}{broken}\n")).load("lab").unwrap_err();
        let CloudConfigError::Malformed { message, .. } = &error else {
            panic!("{broken}: {error}")
        };
        assert!(message.contains("line "), "{message}");
    }
    // secure.yaml likewise.
    let secure = "clouds: { lab: { auth: { password: from-secure, extra: [1] } }, other: [] }";
    assert_eq!(
        password(&Place::new(CLOUDS).with("secure.yaml", secure).load("lab").unwrap()),
        "from-secure"
    );
}

#[test]
fn keys_without_a_meaning_may_have_any_value() {
    let place = cloud_with("identity_api_version: [3]\nx: { y: [1] }\ninterface: internal");
    assert_eq!(place.load("lab").unwrap().interface, Interface::Internal);
    let under_auth = CLOUDS.replace(
        "      username: admin\n",
        "      username: admin\n      domains: [a, b]\n      passcode:\n",
    );
    assert_eq!(password(&Place::new(&under_auth).load("lab").unwrap()), "from-clouds");
}

#[test]
fn a_login_that_the_harness_does_not_have_is_refused_by_name() {
    for (line, key, help) in [
        ("system_scope: all", "system_scope", "project_name"),
        ("trust_id: abc", "trust_id", "application credential"),
        (
            "auth_methods: [v3password, v3totp]",
            "auth_methods",
            "application credential",
        ),
        ("passcode: '123456'", "passcode", "application credential"),
    ] {
        let clouds = CLOUDS.replace(
            "      username: admin\n",
            &format!("      username: admin\n      {line}\n"),
        );
        let error = Place::new(&clouds).load("lab").unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cloud 'lab' logs in with {key}, which cinder-drill does not have")
        );
        assert!(error.help().unwrap().contains(help), "{error}");
    }
    // Who says `v3password` means it, and openstacksdk passes over the rest.
    let clouds = CLOUDS.replace(
        "    auth:\n",
        "    auth_type: v3password\n    auth:\n      passcode: '1'\n",
    );
    assert_eq!(password(&Place::new(&clouds).load("lab").unwrap()), "from-clouds");
}

#[test]
fn kollas_clouds_yaml_is_read() {
    // kolla-ansible, roles/common/templates/clouds.yaml.j2.
    let clouds = "\
clouds:
  kolla-admin:
    auth:
      auth_url: http://192.0.2.1:5000
      project_domain_name: Default
      user_domain_name: Default
      project_name: admin
      username: admin
      password: from-clouds
    region_name: RegionOne
  kolla-admin-system:
    auth:
      auth_url: http://192.0.2.1:5000
      user_domain_name: Default
      system_scope: all
      username: admin
      password: from-clouds
    region_name: RegionOne
";
    let place = Place::new(clouds);
    let config = place.load("kolla-admin").unwrap();
    assert_eq!(
        (config.auth_url.as_str(), password(&config)),
        ("http://192.0.2.1:5000/v3/", "from-clouds")
    );
    let error = place.load("kolla-admin-system").unwrap_err();
    assert!(error.to_string().contains("system_scope"), "{error}");
}
