//! Somebody who uses the cloud beside the drill, and sees it as it is.

use std::time::Duration;

use serde_json::{Value, json};

/// A login at the cloud itself.
pub struct Operator {
    client: reqwest::Client,
    token: String,
    catalog: Value,
}

impl Operator {
    /// Logs in with what a clouds.yaml of simcloud says.
    pub async fn login(auth_url: &str, clouds_yaml: &str) -> Operator {
        let field = |name: &str| {
            let line = clouds_yaml.lines().find_map(|line| line.trim().strip_prefix(name));
            line.expect("it is there").trim().trim_matches('"').to_owned()
        };
        let domain = json!({"name": field("user_domain_name:")});
        let user = json!({"name": field("username:"), "domain": domain, "password": field("password:")});
        let project = json!({"name": field("project_name:"), "domain": domain});
        let body = json!({"auth": {
            "identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project},
        }});
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let answer = client.post(format!("{auth_url}/auth/tokens")).json(&body).send().await;
        let answer = answer.expect("Keystone answers");
        let token = answer.headers()["x-subject-token"]
            .to_str()
            .expect("a token")
            .to_owned();
        let catalog = answer.json::<Value>().await.expect("JSON")["token"]["catalog"].clone();
        Operator { client, token, catalog }
    }

    fn endpoint(&self, service: &str) -> &str {
        let services = self.catalog.as_array().expect("a list");
        let of_service = services.iter().find(|one| one["type"] == service).expect("the service");
        let endpoints = of_service["endpoints"].as_array().expect("a list");
        let public = endpoints
            .iter()
            .find(|one| one["interface"] == "public")
            .expect("an endpoint");
        public["url"].as_str().expect("a URL").trim_end_matches('/')
    }

    /// A request to a service of the catalog, and what it answered: the status and the body.
    pub async fn call(&self, service: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.endpoint(service));
        let mut request = self
            .client
            .request(method.parse().expect("a method"), url)
            .header("x-auth-token", &self.token)
            .header("openstack-api-version", "volume 3.60");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// Asks Cinder.
    pub async fn cinder(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.call("block-storage", method, path, body).await
    }

    /// Makes a volume, replicated or not, and waits for it.
    pub async fn volume(&self, name: &str, replicated: bool) {
        let kind = if replicated { "ceph" } else { "plain" };
        let body = json!({"volume": {"name": name, "size": 1, "volume_type": kind}});
        let (status, made) = self.cinder("POST", "/volumes", Some(body)).await;
        assert_eq!(status, 202, "{made}");
        let id = made["volume"]["id"].as_str().expect("an id").to_owned();
        loop {
            let (_, volume) = self.cinder("GET", &format!("/volumes/{id}"), None).await;
            if volume["volume"]["status"] == "available" {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Moves the backend, and waits until it has moved.
    pub async fn move_backend(&self, to: &str) {
        let body = json!({"host": "box@ceph", "backend_id": to});
        let (status, answer) = self.cinder("PUT", "/os-services/failover_host", Some(body)).await;
        assert_eq!(status, 202, "{answer}");
        self.wait_for_replication(if to == "default" { "enabled" } else { "failed-over" })
            .await;
    }

    /// Waits for a replication status of the service.
    pub async fn wait_for_replication(&self, status: &str) {
        while self.service().await["replication_status"] != status {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The row of the backend.
    pub async fn service(&self) -> Value {
        let (_, body) = self.cinder("GET", "/os-services?binary=cinder-volume", None).await;
        body["services"][0].clone()
    }
}
