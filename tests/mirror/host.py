"""A host's apt, in a folder of its own: it believes one key, and reads what a place hands out."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from mirror.store import Store

from tests.mirror.upstream import ARCHITECTURE


@dataclass(frozen=True)
class Answer:
    """How apt ended, and what it said."""

    code: int
    text: str


@dataclass(frozen=True)
class Host:
    """apt with nothing installed, and one source."""

    root: Path

    @property
    def repository(self) -> Path:
        return self.root / "repository"

    def copy(self, store: Store) -> None:
        """The source hands out what the place holds at this moment."""
        for path in store.listing():
            content = store.read(path)
            assert content is not None
            target = self.repository / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            target.write_bytes(content.body)

    def take_key(self, armored: bytes) -> None:
        """The only key that this host believes."""
        (self.root / "key.asc").write_bytes(armored)

    def update(self) -> Answer:
        """As hosts do it, where a list that can't be had is an error."""
        return self.apt("-o", "APT::Update::Error-Mode=any", "update")

    def download(self, *names: str) -> Answer:
        """The packages with all that they need, as for an installation, hashes and all."""
        return self.apt("install", "--yes", "--download-only", "--no-install-recommends", *names)

    def candidate(self, name: str) -> str:
        """The version that would be installed, empty for none."""
        shown = self.apt("install", "--simulate", "--yes", name).text
        found = [line.split() for line in shown.splitlines() if line.startswith(f"Inst {name} ")]
        return found[0][2].strip("(") if found else ""

    def apt(self, *words: str) -> Answer:
        done = subprocess.run(
            ["apt-get", "-q", *words],
            env={**os.environ, "APT_CONFIG": str(self.root / "apt.conf"), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return Answer(done.returncode, done.stdout + done.stderr)


def make_host(root: Path, store: Store) -> Host:
    """A host that was given the key which the place has now."""
    host = Host(root)
    for folder in ("lists/partial", "cache/archives/partial", "etc/preferences.d", "sources"):
        (root / folder).mkdir(parents=True)
    (root / "status").touch()
    (root / "sources/ours.sources").write_text(
        f"Types: deb\nURIs: copy:{host.repository}\nSuites: trixie\nComponents: main\n"
        f"Signed-By: {root / 'key.asc'}\n"
    )
    settings = {
        "Dir::State": root,
        "Dir::State::lists": root / "lists",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "Dir::Etc": root / "etc",
        "Dir::Etc::sourceparts": root / "sources",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::main": "/dev/null",
        "Acquire::Languages": "none",
        "APT::Architecture": ARCHITECTURE,
        "APT::Sandbox::User": "root",
    }
    lines = [f'{key} "{value}";\n' for key, value in settings.items()]
    lines.append(f'APT::Architectures {{ "{ARCHITECTURE}"; }};\n')
    (root / "apt.conf").write_text("".join(lines))
    host.copy(store)
    content = store.read("archive-key.asc")
    assert content is not None
    host.take_key(content.body)
    return host
