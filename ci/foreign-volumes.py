#!/usr/bin/env python3
"""An HTTP proxy before a served embedded cloud that adds volumes of others to each listing of volumes, in pages of a thousand.

    foreign-volumes.py FOLDER NUMBER

FOLDER is that of `cinder-drill simcloud --write FOLDER`. Writes FOLDER/foreign/clouds.yaml and FOLDER/foreign/target.yaml.
"""
import http.client, json, os, re, sys, threading, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PAGE = 1000


def volume(number):
    """A volume of somebody else on another backend."""
    id = str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))
    attachment = {"id": id, "attachment_id": id, "volume_id": id, "server_id": id, "host_name": "compute-1", "device": "/dev/vdb", "attached_at": "2025-01-01T00:00:00.000000"}
    return {
        "id": id, "name": f"database-{number}", "description": None, "status": "in-use", "size": 10, "volume_type": "lvm", "bootable": "false",
        "encrypted": False, "multiattach": False, "availability_zone": "nova", "created_at": "2025-01-01T00:00:00.000000", "updated_at": None,
        "metadata": {}, "links": [], "user_id": "a" * 32, "replication_status": None, "snapshot_id": None, "source_volid": None,
        "consistencygroup_id": None, "attachments": [attachment], "os-vol-host-attr:host": "other@lvm#lvm",
        "os-vol-tenant-attr:tenant_id": "b" * 32, "os-vol-mig-status-attr:migstat": None, "os-vol-mig-status-attr:name_id": None,
        "migration_status": None, "group_id": None, "provider_id": None, "service_uuid": None, "shared_targets": False, "cluster_name": None,
    }


folder, number = os.path.abspath(sys.argv[1]), int(sys.argv[2])
clouds, target = (open(f"{folder}/{name}").read() for name in ("clouds.yaml", "target.yaml"))
cloud = int(re.search(r"127\.0\.0\.1:(\d+)", clouds)[1])
foreign = [volume(index) for index in range(number)]
places = {volume["id"]: place for place, volume in enumerate(foreign)}
connections = threading.local()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        marker = parse_qs(url.query).get("marker", [None])[0]
        listing = self.command == "GET" and url.path.endswith("/volumes/detail") and "all_tenants=1" in url.query
        counting = url.path.endswith("/volumes/summary")
        # A page behind a volume that the cloud does not know has none of its own.
        path = f"{url.path}?all_tenants=1&limit=1" if listing and marker in places else self.path
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection", "content-length")}
        connection = http.client.HTTPConnection("127.0.0.1", cloud)
        connection.request(self.command, path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read().replace(b"127.0.0.1:%d" % cloud, b"127.0.0.1:%d" % here)
        connection.close()
        if answer.status == 200 and listing:
            own, begin = ([], places[marker] + 1) if marker in places else (json.loads(data)["volumes"], 0)
            page = foreign[begin:begin + PAGE - len(own)]
            shown = {"volumes": own + page}
            if begin + len(page) < number:
                shown["volumes_links"] = [{"rel": "next", "href": f"http://127.0.0.1:{here}{url.path}?all_tenants=1&marker={page[-1]['id']}"}]
            data = json.dumps(shown).encode()
        elif answer.status == 200 and counting:
            counted = json.loads(data)
            counted["volume-summary"]["total_count"] += number
            data = json.dumps(counted).encode()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = forward


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512


server = Server(("127.0.0.1", 0), Handler)
here = server.server_address[1]
os.makedirs(f"{folder}/foreign", exist_ok=True)
open(f"{folder}/foreign/clouds.yaml", "w").write(clouds.replace(f"127.0.0.1:{cloud}", f"127.0.0.1:{here}"))
open(f"{folder}/foreign/target.yaml", "w").write(re.sub(r"clouds-file: \S+", f"clouds-file: {folder}/foreign/clouds.yaml", target))
server.serve_forever()
