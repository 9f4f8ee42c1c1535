"""Writes etc/tempest.conf and accounts.yaml of a Tempest workspace for the embedded cloud.

    tempest-conf.py CLOUDS_YAML WORKSPACE

The cloud has one user in one project, with all roles: all of Tempest's accounts are that one, told apart by which ids they name.
"""

import json
import sys
import urllib.request

import yaml

clouds, workspace = sys.argv[1:]
auth = next(iter(yaml.safe_load(open(clouds))["clouds"].values()))["auth"]


def ask(method, url, body=None, token=None):
    headers = {"Content-Type": "application/json"} | ({"X-Auth-Token": token} if token else {})
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers, json.loads(answer.read() or b"null")


domain = {"name": auth.get("user_domain_name", "Default")}
login = {
    "identity": {
        "methods": ["password"],
        "password": {"user": {"name": auth["username"], "domain": domain, "password": auth["password"]}},
    },
    "scope": {"project": {"name": auth["project_name"], "domain": domain}},
}
headers, token = ask("POST", auth["auth_url"].rstrip("/").removesuffix("/v3") + "/v3/auth/tokens", {"auth": login})
secret, token = headers["X-Subject-Token"], token["token"]
services = {service["type"]: service["endpoints"][0]["url"].rstrip("/") for service in token["catalog"]}
volumes = next(kind for kind in ("block-storage", "volumev3", "block-store") if kind in services)


def get(kind, path):
    return ask("GET", services[kind] + path, token=secret)[1]


network_url = services["network"].removesuffix("/v2.0")
networks = ask("GET", network_url + "/v2.0/networks", token=secret)[1]["networks"]
images = ask("GET", services["image"].removesuffix("/v2") + "/v2/images", token=secret)[1]["images"]
flavors = get("compute", "/flavors/detail")["flavors"]
if len(flavors) < 2:
    flavor = {"name": "tempest-alt", "ram": 256, "vcpus": 1, "disk": 1}
    flavors.append(ask("POST", services["compute"] + "/flavors", {"flavor": flavor}, secret)[1]["flavor"])
inner = next(network for network in networks if not network["router:external"])
outer = next((network for network in networks if network["router:external"]), {"id": "", "name": ""})

common = {
    "username": auth["username"],
    "user_domain_name": domain["name"],
    "project_name": auth["project_name"],
    "project_domain_name": domain["name"],
    "domain_name": domain["name"],
    "password": auth["password"],
    "resources": {"network": inner["name"]},
}
user, project = {"user_id": token["user"]["id"]}, {"project_id": token["project"]["id"]}
accounts = [
    common | {"types": ["admin"], "roles": ["admin", "member", "reader"]},
    common | user | {"roles": ["member", "reader"]},
    common | project | {"roles": ["member", "reader"]},
    common | user | project | {"roles": ["member", "reader"]},
]
with open(workspace + "/accounts.yaml", "w") as file:
    yaml.safe_dump(accounts, file)

sections = {
    "DEFAULT": {"log_dir": workspace + "/logs", "log_file": "tempest.log"},
    "oslo_concurrency": {"lock_path": workspace + "/tempest_lock"},
    "auth": {
        "use_dynamic_credentials": False,
        "test_accounts_file": workspace + "/accounts.yaml",
        "create_isolated_networks": False,
        "default_credentials_domain_name": domain["name"],
        "admin_username": auth["username"],
        "admin_project_name": auth["project_name"],
        "admin_password": auth["password"],
        "admin_domain_name": domain["name"],
    },
    "identity": {"uri": auth["auth_url"], "uri_v3": auth["auth_url"], "auth_version": "v3", "region": "RegionOne"},
    "identity-feature-enabled": {"trust": False, "access_rules": False},
    "service_available": {"cinder": True, "nova": True, "glance": True, "neutron": True, "swift": False, "horizon": False},
    "compute": {
        "image_ref": images[0]["id"],
        "image_ref_alt": images[-1]["id"],
        "flavor_ref": flavors[0]["id"],
        "flavor_ref_alt": flavors[1]["id"],
        "build_interval": 1,
        "build_timeout": 25,
        "fixed_network_name": inner["name"],
        "min_microversion": "2.1",
        "max_microversion": "2.95",
    },
    # What a drill needs no Nova for is not there, and says so by a clean 404.
    "compute-feature-enabled": dict.fromkeys(
        ("resize", "pause", "suspend", "cold_migration", "live_migration", "rescue", "snapshot", "interface_attach",
         "attach_encrypted_volume", "change_password", "vnc_console", "swap_volume", "metadata_service"), False)
    | {"shelve": True, "config_drive": True, "console_output": True},
    "image": {"build_timeout": 25, "http_image": "http://127.0.0.1:9/none", "container_formats": "bare", "disk_formats": "raw,qcow2"},
    "image-feature-enabled": {"import_image": False, "os_glance_reserved": False},
    "network": {"public_network_id": outer["id"], "floating_network_name": outer["name"], "project_networks_reachable": True},
    "network-feature-enabled": {"api_extensions": "all"},
    "volume": {
        "build_interval": 1,
        "build_timeout": 25,
        "storage_protocol": "ceph",
        "vendor_name": "Open Source",
        "volume_size": 1,
        "min_microversion": "3.0",
        "max_microversion": "3.70",
        "catalog_type": volumes,
    },
    "volume-feature-enabled": {"snapshot": True, "backup": False, "clone": True, "extend_attached_volume": True, "consistency_group": False},
    "validation": {"run_validation": False},
    "service-clients": {"http_timeout": 20},
}
with open(workspace + "/etc/tempest.conf", "w") as file:
    for section, options in sections.items():
        file.write(f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()) + "\n")
