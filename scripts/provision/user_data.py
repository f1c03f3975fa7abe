"""The user data of hosts: `first_boot.py` as it stands, and a last line with this environment's values."""

from __future__ import annotations

from pathlib import Path

from provision import first_boot
from provision.aws import Account
from provision.errors import TerminalError
from provision.first_boot import FirstBoot
from provision.settings import Settings

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
MOST_BYTES = 16 * 1024
DEBIAN_SUITE = "trixie"
APT_PREFIX, APT_KEY = "apt", "archive-key.asc"
RELEASE_KEY = f"{APT_PREFIX}/dists/{DEBIAN_SUITE}/InRelease"  # what apt reads first, and how long it holds
# From this version on the agent needs no ec2messages endpoint.
# https://github.com/aws/amazon-ssm-agent/blob/mainline/RELEASENOTES.md
AGENT_MINIMUM = "3.3.40.0"


def host_user_data(settings: Settings, account: Account, artifacts_name: str) -> str:
    """The user data of this environment's hosts."""
    return render(first_boot_of(settings, account, artifacts_name))


def first_boot_of(settings: Settings, account: Account, artifacts_name: str) -> FirstBoot:
    """What the settings say of it; with regional names, because the gateway endpoint leads to no others."""
    s3 = f"s3.{account.region}.amazonaws.com"
    apt_url = f"https://{artifacts_name}.{s3}/{APT_PREFIX}"
    architecture = settings.host_architecture
    folder = f"{settings.agent_release}/debian_{architecture}"
    return FirstBoot(
        apt_url=apt_url,
        apt_suite=DEBIAN_SUITE,
        apt_key_url=f"{apt_url}/{APT_KEY}",
        apt_key_sha256=settings.apt_key_sha256,
        agent_url=f"https://amazon-ssm-{account.region}.{s3}/{folder}/{first_boot.AGENT}.deb",
        agent_sha256=settings.agent_sha256,
        agent_minimum=AGENT_MINIMUM,
        architecture=architecture,
    )


def render(boot: FirstBoot) -> str:
    """A script that cloud-init runs; its first argument stands for `/`, for a try that changes no machine."""
    source = Path(first_boot.__file__).read_text(encoding="utf-8")
    root = 'Path(sys.argv[1] if len(sys.argv) > 1 else "/")'
    script = f"#!/usr/bin/python3\n{source}\n\nimport sys\n\nsys.exit(main({boot!r}, {root}))\n"
    size_bytes = len(script.encode())
    if size_bytes > MOST_BYTES:
        raise TerminalError(
            f"User data must have at most {MOST_BYTES} bytes (EC2's limit), it has {size_bytes}: "
            "shorten scripts/provision/first_boot.py."
        )
    return script
