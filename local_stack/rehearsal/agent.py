#!/usr/bin/python3
"""Stands in for amazon-ssm-agent on a host: reports every few seconds that the host is there, as its role.

The call is the one that the real agent makes, signed with credentials from the instance metadata service, and
the emulated AWS asks IAM about it. Whoever stops this service has a host that is not connected. Only Python's
own library is needed; the signature is that of "Create a signed AWS API request" in the IAM user guide.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import sys
import time
import urllib.request
from typing import Any

METADATA = "http://169.254.169.254/latest"
EVERY_SECONDS = 5.0
VERSION = "3.3.4000.0"


def metadata(path: str) -> str:
    """Return what the metadata service says at a path."""
    asked = urllib.request.Request(  # noqa: S310 - the metadata service
        f"{METADATA}/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    )
    token = said_to(asked)
    headers = {"X-aws-ec2-metadata-token": token}
    return said_to(urllib.request.Request(f"{METADATA}/{path}", headers=headers))  # noqa: S310 - as above


def said_to(asked: urllib.request.Request) -> str:
    """Return the answer to a request; an OSError when there is none."""
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310 - addresses of AWS's own
        return str(answer.read().decode())


def signed(region: str, body: bytes, credentials: dict[str, str]) -> urllib.request.Request:
    """Return the request, signed for Systems Manager in the region."""
    host, moment = f"ssm.{region}.amazonaws.com", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": host,
        "x-amz-date": moment,
        "x-amz-security-token": credentials["Token"],
        "x-amz-target": "AmazonSSM.UpdateInstanceInformation",
    }
    names, scope = ";".join(headers), f"{moment[:8]}/{region}/ssm/aws4_request"
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials['SecretAccessKey']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, to_sign.encode(), "sha256").hexdigest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials['AccessKeyId']}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}"
    )
    return urllib.request.Request(f"https://{host}/", data=body, headers=headers)


def report() -> None:
    """Tell Systems Manager that this host is there."""
    identity: dict[str, Any] = json.loads(metadata("dynamic/instance-identity/document"))
    folder = "meta-data/iam/security-credentials/"
    credentials: dict[str, str] = json.loads(metadata(folder + metadata(folder).splitlines()[0]))
    said = {
        "InstanceId": identity["instanceId"],
        "AgentName": "amazon-ssm-agent",
        "AgentVersion": VERSION,
        "AgentStatus": "Active",
        "ComputerName": socket.gethostname(),
        "IPAddress": identity["privateIp"],
        "PlatformType": "Linux",
        "PlatformName": "Debian GNU/Linux",
        "PlatformVersion": "13",
    }
    said_to(signed(identity["region"], json.dumps(said).encode(), credentials))


def main() -> None:
    """Report for as long as the service runs; a report that failed is one line of the journal."""
    while True:
        try:
            report()
        except (OSError, ValueError, KeyError) as error:
            print(f"not connected: {error}", file=sys.stderr, flush=True)
        time.sleep(EVERY_SECONDS)


if __name__ == "__main__":
    main()
