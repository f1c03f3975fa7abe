"""apt as a program that resolves and downloads, in a folder of its own: no root, no change of this machine.

It works for any architecture and any release, because all that it knows is in that folder: the sources, their
lists, and a dpkg status by which nothing is installed, or what the caller says.
"""

from __future__ import annotations

import os
import re
import subprocess
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from provision.errors import TerminalError, TransientError

from mirror.package import Package, packages_in

_URI_LINE = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) ", re.MULTILINE)
_FILE_FORM = re.compile(r"(?P<name>[^_]+)_(?P<version>[^_]+)_(?P<architecture>[^_]+)\.deb")
# What another run may cure: a mirror that was being renewed, a network that was not there.
_PASSING = (
    *("Failed to fetch", "Could not resolve", "Could not connect", "Temporary failure"),
    "Hash Sum mismatch",
)
_UPDATE_SECONDS, _ASK_SECONDS, _DOWNLOAD_SECONDS = 600, 300, 1800
# How this machine gets out (proxies, certificates) is taken over from its own configuration.
_WAYS_OUT = re.compile(r"^Acquire::https?::.*;$", re.MULTILINE)


@dataclass(frozen=True)
class Candidate:
    """What apt would install: one version of a package, and where it would come from."""

    name: str
    version: str
    architecture: str
    uri: str
    size_bytes: int

    @property
    def spoken(self) -> str:
        """How apt is asked for just this version."""
        return f"{self.name}={self.version}"

    @property
    def file_name(self) -> str:
        """How apt names the file that it downloads."""
        version = self.version.replace(":", "%3a")
        return f"{self.name}_{version}_{self.architecture}.deb"


@dataclass(frozen=True)
class PrivateApt:
    """One folder of apt's; `status` is dpkg's, empty where nothing is installed."""

    root: Path
    architecture: str
    sources: str
    status: str = ""

    def update(self) -> None:
        """The lists are those of the sources now, and signed by their keys."""
        self._run(_UPDATE_SECONDS, "apt-get", "-q", "-o", "APT::Update::Error-Mode=any", "update")

    def resolve(self, names: Iterable[str]) -> list[Candidate]:
        """What would be installed besides what is; a `TerminalError` with apt's words if it can't be."""
        asked = ["apt-get", "-qq", "--print-uris", "--no-install-recommends", "--yes", "install", *names]
        return candidates_in(self._run(_ASK_SECONDS, *asked))

    def describe(self, candidates: Iterable[Candidate]) -> list[Package]:
        """What the lists say of each candidate."""
        return packages_in(
            self._run(_ASK_SECONDS, "apt-cache", "show", *(candidate.spoken for candidate in candidates))
        )

    def download(self, candidates: Iterable[Candidate], folder: Path) -> None:
        """The candidates' files are in the folder, with the hashes that the lists give them."""
        asked = ["apt-get", "-qq", "download", *(candidate.spoken for candidate in candidates)]
        self._run(_DOWNLOAD_SECONDS, *asked, folder=folder)

    def _run(self, timeout_seconds: int, *command: str, folder: Path | None = None) -> str:
        environment = {**os.environ, "APT_CONFIG": str(self._configuration), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(
                command,
                cwd=folder or self.root,
                env=environment,
                capture_output=True,
                text=True,
                timeout=timeout_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TransientError(
                f"{command[0]} must end within {timeout_seconds} s; run this again"
            ) from error
        if done.returncode != 0:
            raise error_of(command[0], done.stderr)
        return done.stdout

    @cached_property
    def _configuration(self) -> Path:
        """The file that makes apt live in this folder; apt reads it before anything of the machine's."""
        for folder in ("lists/partial", "archives/partial", "etc/preferences.d", "sources"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").write_text(self.status)
        (self.root / "sources/upstream.sources").write_text(self.sources)
        configuration = self.root / "apt.conf"
        configuration.touch(mode=0o600)
        configuration.chmod(0o600)  # a proxy may want a password
        configuration.write_text(configuration_text(self.root, self.architecture) + _ways_out())
        return configuration


def configuration_text(root: Path, architecture: str) -> str:
    """apt's configuration for a life in `root` alone."""
    settings = {
        "Dir": f"{root}",
        "Dir::State": f"{root}",
        "Dir::State::lists": "lists/",
        "Dir::State::status": f"{root}/status",
        "Dir::Cache": f"{root}",
        "Dir::Etc": f"{root}/etc",
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::parts": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": f"{root}/sources",
        "Dir::Etc::netrc": "/etc/apt/auth.conf",  # the mirror may want a login
        "Dir::Etc::netrcparts": "/etc/apt/auth.conf.d/",
        "Dir::Log": f"{root}",
        "APT::Architecture": architecture,
        "APT::Sandbox::User": "root",  # as root, apt would become a user that can't read this folder
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    lines = [f'{key} "{value}";\n' for key, value in settings.items()]
    return "".join([*lines, f'APT::Architectures {{ "{architecture}"; }};\n'])


def candidates_in(uris: str) -> list[Candidate]:
    """What apt printed as `'URI' file size hash` lines."""
    found = []
    for line in _URI_LINE.finditer(uris):
        name = _FILE_FORM.fullmatch(line["file"])
        if not name:
            raise TerminalError(f"apt must name files NAME_VERSION_ARCHITECTURE.deb, it said {line['file']}.")
        version = urllib.parse.unquote(name["version"])
        found.append(Candidate(name["name"], version, name["architecture"], line["uri"], int(line["size"])))
    return found


def error_of(program: str, stderr: str) -> TerminalError | TransientError:
    """apt's errors; what another run may cure is transient."""
    lines = [line for line in stderr.splitlines() if line.startswith(("E:", "W:"))] or stderr.splitlines()
    words = "\n  ".join(lines[-12:]) or "nothing"
    text = f"{program} must succeed, it says:\n  {words}"
    if any(word in stderr for word in _PASSING):
        return TransientError(f"{text}\nRun this again.")
    return TerminalError(text)


def _ways_out() -> str:
    """What this machine's own apt says of proxies and certificates."""
    environment = {key: value for key, value in os.environ.items() if key != "APT_CONFIG"}
    done = subprocess.run(
        ["apt-config", "dump"], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return "".join(f"{line}\n" for line in _WAYS_OUT.findall(done.stdout))
