"""What a new host does when it boots for the first time; cloud-init runs it as root from the user data.

It needs Python and dpkg, which every Debian machine image has, and nothing else: no curl, no package, no
repository. It makes our signed repository the only source of packages, and brings in Session Manager's agent,
through which people and Ansible do the rest. Run again, it changes nothing. What it prints is on the
instance's console (`aws ec2 get-console-output`) and in /var/log/cloud-init-output.log.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

AGENT = "amazon-ssm-agent"
KEYRING = "etc/apt/keyrings/cloudworks.asc"
SOURCES = "etc/apt/sources.list.d/cloudworks.sources"
KEY_BEGINS = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
MOST_BYTES = 200_000_000
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class FirstBoot:
    """What differs between environments; a SHA-256 may be empty, and is then not compared."""

    apt_url: str
    apt_suite: str
    apt_key_url: str
    apt_key_sha256: str
    agent_url: str
    agent_sha256: str
    agent_minimum: str
    architecture: str  # as dpkg says it
    attempts: int = 10
    pause_seconds: float = 15.0


def say(line: str) -> None:
    """The line is on the console at once."""
    print(f"first boot: {line}", flush=True)


def write_sources(boot: FirstBoot, root: Path) -> None:
    """Ours is the only source of packages; without its key in place apt takes nothing from it, either."""
    ours = root / SOURCES
    ours.parent.mkdir(parents=True, exist_ok=True)
    lines = {
        "Types": "deb",
        "URIs": boot.apt_url,
        "Suites": boot.apt_suite,
        "Components": "main",
        "Architectures": boot.architecture,
        "Signed-By": f"/{KEYRING}",
    }
    ours.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()))
    folder = root / "etc/apt"
    for other in [folder / "sources.list", *ours.parent.glob("*.list"), *ours.parent.glob("*.sources")]:
        if other != ours and other.exists():
            other.unlink()
            say(f"no longer a source of packages: {other.name}")
    say(f"packages come from {boot.apt_url} only")


def download(url: str, target: Path, boot: FirstBoot) -> str:
    """The SHA-256 of what is at `url`, now in `target` whole; tried a number of times, then the error."""
    for attempt in range(1, boot.attempts + 1):
        try:
            return fetch(url, target)
        except (OSError, ValueError, http.client.HTTPException) as error:  # TLS errors are OSErrors
            say(f"attempt {attempt} of {boot.attempts}: {url}: {error}")
            if attempt == boot.attempts:
                raise ValueError(f"{url} must be read, but: {error}") from error
            time.sleep(boot.pause_seconds)
    raise ValueError("attempts must be at least 1")


def fetch(url: str, target: Path) -> str:
    """One attempt: a part of a file is never left under the target's name."""
    digest, part, got_bytes = hashlib.sha256(), target.with_name(target.name + ".part"), 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with urllib.request.urlopen(url, timeout=30) as answer, part.open("wb") as file:  # noqa: S310 - our URLs
        while chunk := answer.read(CHUNK_BYTES):
            got_bytes += len(chunk)
            if got_bytes > MOST_BYTES:
                raise ValueError(f"must have at most {MOST_BYTES} bytes")
            digest.update(chunk)
            file.write(chunk)
        announced_bytes = int(answer.headers.get("Content-Length") or got_bytes)
    if got_bytes != announced_bytes:
        raise ValueError(f"must have {announced_bytes} bytes, the connection ended after {got_bytes}")
    part.chmod(0o644)  # apt reads as a user of its own
    part.replace(target)
    return digest.hexdigest()


def verified(url: str, target: Path, wanted_sha256: str, boot: FirstBoot) -> None:
    """What is at `url` is in `target`, and is what was wanted; otherwise `target` is gone."""
    found = download(url, target, boot)
    if wanted_sha256 and found != wanted_sha256:
        target.unlink()
        raise ValueError(f"{url} must have the SHA-256 {wanted_sha256}, it has {found}: not used")
    say(f"{target.name}: SHA-256 {found}, {'as wanted' if wanted_sha256 else 'over TLS; none was given'}")


def bring_key(boot: FirstBoot, root: Path) -> None:
    """The key that our packages are signed with is where the source of packages says."""
    key = root / KEYRING
    verified(boot.apt_key_url, key, boot.apt_key_sha256, boot)
    if not key.read_bytes().startswith(KEY_BEGINS):
        key.unlink()
        raise ValueError(f"{boot.apt_key_url} must begin with {KEY_BEGINS.decode()}: not used")


def install_agent(boot: FirstBoot, root: Path) -> None:
    """An agent that is new enough is installed and runs."""
    live = output("dpkg-query", "--show", "--showformat=${Version}", AGENT)
    if live and is_new_enough(live, boot):
        say(f"{AGENT} {live} is there")
    else:
        package = root / f"var/cache/{AGENT}.deb"
        verified(boot.agent_url, package, boot.agent_sha256, boot)
        refuse_other_package(package, boot)
        run(boot, "dpkg", "--install", str(package))
        package.unlink()
    run(boot, "systemctl", "enable", "--now", AGENT)


def refuse_other_package(package: Path, boot: FirstBoot) -> None:
    """Raises when the file is not the agent, for this machine, in a version that needs two endpoints only."""
    name, version, architecture = (
        output("dpkg-deb", "--field", str(package), field) for field in ("Package", "Version", "Architecture")
    )
    if (name, architecture) != (AGENT, boot.architecture) or not is_new_enough(version, boot):
        package.unlink()
        raise ValueError(
            f"{boot.agent_url} must be {AGENT} for {boot.architecture}, at least {boot.agent_minimum}; "
            f"it is {name or 'no package'} {version} for {architecture or 'nothing'}: not installed"
        )


def is_new_enough(version: str, boot: FirstBoot) -> bool:
    """Whether the agent takes its commands over ssmmessages, so that no other endpoint is needed."""
    if not re.fullmatch(r"[0-9][0-9A-Za-z.+~:-]*", version):
        return False
    compared = subprocess.run(["dpkg", "--compare-versions", version, "ge", boot.agent_minimum], check=False)
    return compared.returncode == 0


def output(*command: str) -> str:
    """What the command prints, nothing when it fails."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def run(boot: FirstBoot, *command: str) -> None:
    """The command has run without an error; tried again, because another dpkg may be at work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for attempt in range(1, boot.attempts + 1):
        say(" ".join(command))
        done = subprocess.run(command, check=False, env=environment)
        if done.returncode == 0:
            return
        if attempt < boot.attempts:
            time.sleep(boot.pause_seconds)
    raise ValueError(f"{' '.join(command)} must succeed, it ended with {done.returncode}")


def main(boot: FirstBoot, root: Path) -> int:
    """0 when all is done; else every part that can be done is, and the console says what is missing."""
    problems = []
    for step in (write_sources, install_agent, bring_key):
        try:
            step(boot, root)
        except (OSError, ValueError, http.client.HTTPException) as error:
            problems.append(str(error))
    for problem in problems:
        say(f"FAILED: {problem}")
    say("done" if not problems else "not complete; next: sudo /var/lib/cloud/instance/scripts/part-001")
    return 1 if problems else 0
