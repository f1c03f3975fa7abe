"""A Debian mirror of a few packages, made with dpkg-deb and gpg: it shares no code with what reads it."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ARCHITECTURE = "arm64"
SUITES = {"trixie": "main", "trixie-updates": "main", "trixie-security": "security"}


@dataclass
class Upstream:
    """Two archives in a folder, signed by a key of their own."""

    root: Path
    stanzas: dict[str, list[str]] = field(default_factory=lambda: {suite: [] for suite in SUITES})

    @property
    def main(self) -> str:
        return f"file:{self.root / 'main'}"

    @property
    def security(self) -> str:
        return f"file:{self.root / 'security'}"

    @property
    def keyring(self) -> Path:
        return self.root / "keyring.asc"

    @property
    def home(self) -> Path:
        return self.root / "gnupg"

    def add(self, name: str, version: str = "1.0-1", suite: str = "trixie", **fields: str) -> Path:
        """One more package; `Depends` and the like as keywords. Returns its file."""
        archive = self.root / SUITES[suite]
        path = f"pool/main/{name[0]}/{name}/{name}_{version.partition(':')[2] or version}_{ARCHITECTURE}.deb"
        text = control(name, version, **fields)
        build(archive / path, text, self.root / "building")
        self.stanzas[suite].append(text + placed(archive / path, path))
        return archive / path

    def drop(self, name: str) -> None:
        """No suite lists any version of the package."""
        for suite, stanzas in self.stanzas.items():
            self.stanzas[suite] = [text for text in stanzas if not text.startswith(f"Package: {name}\n")]

    def write(self) -> None:
        """The lists say what was added until now, and are signed."""
        for suite, archive in SUITES.items():
            folder = self.root / archive / "dists" / suite
            index = folder / f"main/binary-{ARCHITECTURE}/Packages.gz"
            index.parent.mkdir(parents=True, exist_ok=True)
            plain = "\n".join(self.stanzas[suite]).encode()
            index.write_bytes(gzip.compress(plain, mtime=0))
            (folder / "Release").write_text(self._release(suite, plain, index.read_bytes()))
            gpg(
                self.home,
                "--yes",
                "--clearsign",
                "--output",
                str(folder / "InRelease"),
                str(folder / "Release"),
            )

    def _release(self, suite: str, plain: bytes, compressed: bytes) -> str:
        sums = {"Packages": plain, "Packages.gz": compressed}
        lines = [
            "Origin: Debian",
            f"Suite: {suite}",
            f"Codename: {suite}",
            f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} UTC",
            f"Architectures: {ARCHITECTURE}",
            "Components: main",
            "SHA256:",
            *(
                f" {hashlib.sha256(content).hexdigest()} {len(content)} main/binary-{ARCHITECTURE}/{name}"
                for name, content in sums.items()
            ),
        ]
        return "\n".join(lines) + "\n"


def make_upstream(root: Path) -> Upstream:
    """An empty mirror with a key."""
    made = Upstream(root)
    made.home.mkdir(mode=0o700, parents=True)
    gpg(made.home, "--passphrase", "", "--quick-generate-key", "Test archive", "ed25519", "sign", "never")
    made.keyring.write_bytes(gpg(made.home, "--armor", "--export"))
    return made


def gpg(home: Path, *words: str) -> bytes:
    command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", *words]
    return subprocess.run(command, check=True, capture_output=True).stdout


def control(name: str, version: str, **fields: str) -> str:
    """What a package says of itself."""
    said = {
        "Package": name,
        "Version": version,
        "Architecture": ARCHITECTURE,
        "Maintainer": "Nobody <nobody@example.com>",
        "Priority": "optional",
        **fields,
        "Description": f"a package for tests\n It is called {name}.",
    }
    return "".join(f"{key}: {value}\n" for key, value in said.items())


def build(target: Path, control: str, work: Path) -> None:
    folder = work / target.stem
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "DEBIAN/control").write_text(control)
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(folder), str(target)]
    subprocess.run(command, check=True, capture_output=True)


def placed(file: Path, path: str) -> str:
    content = file.read_bytes()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(content).hexdigest()
    return f"Filename: {path}\nSize: {len(content)}\nMD5sum: {md5}\nSHA256: {sha256}\n"
