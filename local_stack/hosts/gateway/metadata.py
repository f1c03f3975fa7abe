"""The instance metadata service, version 2: a host learns who it is and gets credentials of its role.

Source: "Use the Instance Metadata Service" in the EC2 user guide. A host is known by its address.
"""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local_stack.hosts.gateway.s3_front import SOURCE_HEADER, Upstream
from local_stack.hosts.gateway.settings import Settings

TOKEN_PATH = "/latest/api/token"
TOKEN_SECONDS_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN_HEADER = "X-aws-ec2-metadata-token"
MOST_SECONDS = 21600
INSTANCE_PATH = "/_local/instances"


class Metadata(BaseHTTPRequestHandler):
    """Answers one host."""

    protocol_version = "HTTP/1.1"
    told: Settings
    tokens: dict[str, tuple[str, float]]  # the host's address and the end of each token

    def do_PUT(self) -> None:
        """A token, for as long as was asked for; never through a proxy."""
        seconds = self.headers.get(TOKEN_SECONDS_HEADER, "")
        if self.path != TOKEN_PATH:
            self._say(404)
        elif "X-Forwarded-For" in self.headers:
            self._say(403)
        elif not seconds.isdigit() or not 1 <= int(seconds) <= MOST_SECONDS:
            self._say(400)
        else:
            token = secrets.token_urlsafe(42)
            self.tokens[token] = (self.client_address[0], time.monotonic() + int(seconds))
            self._say(200, token, {TOKEN_SECONDS_HEADER: seconds})

    def do_GET(self) -> None:
        """What is at a path; 401 without a token that this host got."""
        address, until = self.tokens.get(self.headers.get(TOKEN_HEADER, ""), ("", 0.0))
        if address != self.client_address[0] or until < time.monotonic():
            self._say(401)
            return
        found = text_of(self._instance(), self.path.partition("?")[0])
        self._say(404) if found is None else self._say(200, found)

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, with the host's address."""
        print(f"metadata: {self.client_address[0]} {format % args}", flush=True)

    def _instance(self) -> dict[str, Any]:
        """Return what the emulated AWS knows of the host, with fresh enough credentials of its role."""
        if not self.told.upstream:
            return {}
        upstream = Upstream(self.told.upstream)
        try:
            source = self.client_address[0]
            upstream.request("GET", INSTANCE_PATH, headers={SOURCE_HEADER: source})
            answer = upstream.getresponse()
            if answer.status != 200:
                print(f"metadata: {source} is not known: {answer.status}", flush=True)
                return {}
            return dict(json.loads(answer.read()))
        except (OSError, http.client.HTTPException, ValueError) as error:
            print(f"metadata: {error!r}", flush=True)
            return {}
        finally:
            upstream.close()

    def _say(self, status: int, text: str = "", headers: dict[str, str] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def text_of(instance: dict[str, Any], path: str) -> str | None:
    """Return the text at a path, a list of names for a folder; None where there is nothing."""
    found: Any = tree_of(instance)
    for part in path.strip("/").split("/"):
        if not isinstance(found, dict) or part not in found:
            return None
        found = found[part]
    if isinstance(found, dict):
        return "\n".join(f"{name}/" if isinstance(value, dict) else name for name, value in found.items())
    return str(found)


def tree_of(instance: dict[str, Any]) -> dict[str, Any]:
    """Return the folders of the service for an instance, as far as hosts of ours ask for them."""
    if not instance:
        return {}
    document = {
        "accountId": instance["account"],
        "architecture": instance["architecture"],
        "availabilityZone": instance["zone"],
        "imageId": instance["image"],
        "instanceId": instance["id"],
        "instanceType": instance["type"],
        "privateIp": instance["address"],
        "region": instance["region"],
        "version": "2017-09-30",
    }
    data: dict[str, Any] = {
        "ami-id": instance["image"],
        "hostname": instance["name"],
        "instance-id": instance["id"],
        "instance-type": instance["type"],
        "local-hostname": instance["name"],
        "local-ipv4": instance["address"],
        "placement": {"availability-zone": instance["zone"], "region": instance["region"]},
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    if role := instance.get("role"):
        data["iam"] = {"security-credentials": {role: json.dumps(instance["credentials"], indent=2)}}
    latest: dict[str, Any] = {
        "dynamic": {"instance-identity": {"document": json.dumps(document, indent=2)}},
        "meta-data": data,
    }
    if instance.get("user_data"):
        latest["user-data"] = instance["user_data"]
    return {"latest": latest}


def server(told: Settings) -> ThreadingHTTPServer:
    """Return the server, bound and not yet serving; its answers end at the host itself (hop limit 1)."""

    class Told(Metadata):
        pass

    Told.told, Told.tokens = told, {}
    bound = ThreadingHTTPServer((told.metadata_address, 80), Told)
    bound.socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 1)
    return bound
