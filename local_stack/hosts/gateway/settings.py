"""What the gateway is told when it starts: a file of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Paths are as the gateway's container sees them; an empty one is not there."""

    region: str
    s3_address: str
    resolver_address: str
    metadata_address: str
    certificate: str
    key: str
    domain: str  # of the hosts' names
    subnets: list[str]  # which hosts have addresses in
    tree_url: str = ""  # what begins with it, such as https://bucket.s3.region.amazonaws.com/apt, is a file
    tree: str = ""  # the folder of those files
    upstream: str = ""  # the Unix socket of the emulated AWS

    def save(self, path: Path) -> None:
        """Write the file."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")


def read(path: Path) -> Settings:
    """Read the file."""
    return Settings(**json.loads(path.read_text()))
