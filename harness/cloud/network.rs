//! As much of Neutron as guests need (<https://docs.openstack.org/api-ref/network/v2/>).

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;

use super::by_name::{Identified, choose};
use super::call::Call;
use super::{ApiError, Cloud, FloatingIpId, NetworkId, PortId, ServerId, ServiceKind};

/// A network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Network {
    /// Its id.
    pub id: NetworkId,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Whether it leads out, so floating IPs can be taken from it.
    #[serde(rename = "router:external", default)]
    pub external: bool,
}

/// A port: where a server is on a network.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Port {
    /// Its id.
    pub id: PortId,
    /// Its network.
    pub network_id: NetworkId,
    /// Its addresses.
    #[serde(default)]
    pub fixed_ips: Vec<FixedIp>,
    /// `ACTIVE`, `DOWN`, …
    #[serde(default)]
    pub status: Option<String>,
    /// The server.
    #[serde(default)]
    pub device_id: Option<String>,
}

/// An address of a port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FixedIp {
    /// The address.
    pub ip_address: IpAddr,
}

/// An address from outside that leads to a port.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FloatingIp {
    /// Its id.
    pub id: FloatingIpId,
    /// The address.
    #[serde(rename = "floating_ip_address")]
    pub address: IpAddr,
    /// The port that it leads to.
    #[serde(default)]
    pub port_id: Option<PortId>,
    /// What it is for: the only place where a floating IP can carry the id of a run.
    #[serde(default)]
    pub description: Option<String>,
    /// `ACTIVE`, `DOWN`, `ERROR`.
    #[serde(default)]
    pub status: Option<String>,
}

#[derive(Deserialize)]
struct FloatingIpEnvelope {
    floatingip: FloatingIp,
}

const FLOATING_IPS: &str = "floatingips";

impl Identified for Network {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Cloud {
    /// All networks that the project may see.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn networks(&self) -> Result<Vec<Network>, ApiError> {
        self.list(Call::get(ServiceKind::Network, &["networks"]), "networks")
            .await
    }

    /// A network by id or name.
    ///
    /// # Errors
    /// See [`ApiError`]; if there is none, the error lists those that there are, and if there are several of the name, their
    /// ids.
    pub async fn network_by_name_or_id(&self, name_or_id: &str) -> Result<Network, ApiError> {
        choose("network", name_or_id, self.networks().await?)
    }

    /// The ports of a server.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn ports_of(&self, server: &ServerId) -> Result<Vec<Port>, ApiError> {
        let call = Call::get(ServiceKind::Network, &["ports"]).query("device_id", server.as_str());
        self.list(call, "ports").await
    }

    /// Takes an address from an external network.
    ///
    /// # Errors
    /// See [`ApiError`]; 409 if the quota is used up or the network has no address left.
    pub async fn create_floating_ip(
        &self,
        external_network: &NetworkId,
        description: &str,
    ) -> Result<FloatingIp, ApiError> {
        let body = json!({ "floatingip": { "floating_network_id": external_network, "description": description } });
        let call = Call::post(ServiceKind::Network, &[FLOATING_IPS], body);
        Ok(self.fetch::<FloatingIpEnvelope>(call).await?.floatingip)
    }

    /// Leads a floating IP to a port.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if no router leads from the external network to the port's.
    pub async fn associate(&self, floating_ip: &FloatingIpId, port: &PortId) -> Result<FloatingIp, ApiError> {
        let body = json!({ "floatingip": { "port_id": port } });
        let call = Call::put(ServiceKind::Network, &[FLOATING_IPS, floating_ip.as_str()], body);
        Ok(self.fetch::<FloatingIpEnvelope>(call).await?.floatingip)
    }

    /// The floating IPs of this project, to find one whose answer to creation got lost by its description.
    ///
    /// # Errors
    /// See [`ApiError`].
    pub async fn floating_ips(&self) -> Result<Vec<FloatingIp>, ApiError> {
        let call = Call::get(ServiceKind::Network, &[FLOATING_IPS]).query("project_id", self.project_id());
        self.list(call, FLOATING_IPS).await
    }

    /// Gives a floating IP back.
    ///
    /// # Errors
    /// See [`ApiError`]; 404 if it does not exist.
    pub async fn delete_floating_ip(&self, id: &FloatingIpId) -> Result<(), ApiError> {
        self.perform(Call::delete(ServiceKind::Network, &[FLOATING_IPS, id.as_str()]))
            .await?;
        Ok(())
    }
}
