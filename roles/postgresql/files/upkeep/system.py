"""Commands of the host: run as root or as postgres, with an error that says what they said."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SETTINGS = Path("/etc/postgresql-upkeep.json")
SOCKETS = Path("/run/postgresql")


class UpkeepError(Exception):
    """Something that a person has to look at; the message says what, and what to do."""


@dataclass(frozen=True)
class Settings:
    """What this host's cluster is."""

    name: str
    major: int
    root: Path  # of the data volume
    stanza: str

    @property
    def directory(self) -> Path:
        """Return the data directory."""
        return self.root / str(self.major) / "main"

    @property
    def configuration(self) -> Path:
        """Return Debian's folder of the cluster's configuration."""
        return Path(f"/etc/postgresql/{self.major}/main")

    @property
    def service(self) -> str:
        """Return the unit that runs the cluster."""
        return f"postgresql@{self.major}-main.service"

    def program(self, name: str) -> str:
        """Return the path of a program of this major version."""
        return f"/usr/lib/postgresql/{self.major}/bin/{name}"


def load_settings(path: Path = SETTINGS) -> Settings:
    """Return what the role wrote down."""
    told = json.loads(path.read_text())
    return Settings(told["name"], told["major"], Path(told["root"]), told["stanza"])


def run(*command: str, stdin: str = "", timeout_seconds: float | None = None) -> str:
    """Return what a command prints; an UpkeepError with its words when it fails."""
    try:
        done = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",  # of a file that it can't decrypt, pgBackRest shows what it has
            check=False,
            timeout=timeout_seconds,
        )
    except subprocess.TimeoutExpired:
        raise UpkeepError(f"{command[0]} gave no answer within {timeout_seconds:.0f} s") from None
    if done.returncode:
        words = (done.stderr or done.stdout).strip()[-2000:]
        raise UpkeepError(f"{' '.join(command)} failed ({done.returncode}): {words}")
    return done.stdout


def as_postgres(*command: str, stdin: str = "", timeout_seconds: float | None = None) -> str:
    """Run a command as PostgreSQL's user, whoever asks."""
    if os.geteuid() != 0:
        return run(*command, stdin=stdin, timeout_seconds=timeout_seconds)
    change = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    home = ["env", "--chdir=/", "HOME=/var/lib/postgresql"]
    return run(*change, *home, *command, stdin=stdin, timeout_seconds=timeout_seconds)


def sql(text: str, database: str = "postgres", sockets: Path = SOCKETS) -> list[list[str]]:
    """Return the rows of a script's last statement, as text."""
    options = ["--no-psqlrc", "--quiet", "--csv", "--tuples-only", "--set=ON_ERROR_STOP=1"]
    where = [f"--host={sockets}", "--username=postgres", f"--dbname={database}"]
    said = as_postgres("psql", *options, *where, stdin=text)
    return [row or [""] for row in csv.reader(said.splitlines())]


def say(line: str) -> None:
    """The line is in the journal at once."""
    print(line, flush=True)
