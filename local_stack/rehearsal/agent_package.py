"""Puts the agent's stand-in where a first boot looks for AWS's own: as a package in a bucket of that name."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from provision.normal_form import policy_text
from provision.policies.statements import allow, document

from local_stack.rehearsal import agent

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

NAME = "amazon-ssm-agent"
_UNIT = f"""[Unit]
Description={NAME}
After=network-online.target
[Service]
ExecStart=/usr/bin/{NAME}
Restart=always
[Install]
WantedBy=multi-user.target
"""
# What AWS's agent does when it first runs: the user of its shells, who may become root.
_POSTINST = """#!/bin/sh
set -eu
id ssm-user >/dev/null 2>&1 || useradd --create-home --shell /bin/bash ssm-user
echo 'ssm-user ALL=(ALL) NOPASSWD:ALL' >/etc/sudoers.d/ssm-agent-users
chmod 0440 /etc/sudoers.d/ssm-agent-users
systemctl daemon-reload
"""


def build(folder: Path, architecture: str) -> Path:
    """Return the package, made in `folder`."""
    root = folder / "root"
    files = {
        "DEBIAN/control": (
            f"Package: {NAME}\nVersion: {agent.VERSION}\nArchitecture: {architecture}\n"
            "Maintainer: nobody <nobody@example.com>\nDepends: python3\n"
            "Description: stand-in for AWS's agent\n"
        ),
        "DEBIAN/postinst": _POSTINST,
        f"usr/bin/{NAME}": Path(agent.__file__).read_text(),
        f"usr/lib/systemd/system/{NAME}.service": _UNIT,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.endswith(("postinst", f"bin/{NAME}")) else 0o644)
    package = folder / f"{NAME}.deb"
    command = ["dpkg-deb", "--root-owner-group", "--build", str(root), str(package)]
    subprocess.run(command, check=True, capture_output=True)
    return package


def publish(s3: S3Client, region: str, architecture: str) -> None:
    """Everybody may read the package, under the name that AWS gives its own."""
    bucket = f"amazon-ssm-{region}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
    reading = allow("Anybody", "s3:GetObject", f"arn:aws:s3:::{bucket}/*", principal="*")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy_text(document([reading])))
    with tempfile.TemporaryDirectory(prefix="cloudworks-agent-") as folder:
        package = build(Path(folder), architecture)
        key = f"latest/debian_{architecture}/{NAME}.deb"
        s3.put_object(Bucket=bucket, Key=key, Body=package.read_bytes())
