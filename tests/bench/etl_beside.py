"""Runs the peers on the same objects, in their own environment, and counts what they wrote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from tests.bench.etl_measure import Figures
from tests.bench.etl_peers import PEERS, SCHEMA
from tests.bench.etl_place import ROOT, Place, Raw
from tests.bench.measured import measured

LOCK = ROOT / "tests/bench/peers.lock"
JDBC_JAR = Path("/usr/share/java/postgresql.jar")  # Debian's libpostgresql-jdbc-java; scripts/setup.sh bench


def peers_python(folder: Path) -> Path:
    """Return the Python of an environment with the peers, which is made as the lock says."""
    python = folder / "bin/python"
    uv = str(Path(sys.executable).with_name("uv"))
    if not python.exists():
        print(f"installing the peers into {folder}: more than a gigabyte, some minutes", flush=True)
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    install = [uv, "pip", "sync", "--quiet", "--system-certs", "--require-hashes", "--python", str(python)]
    subprocess.run([*install, str(LOCK)], check=True, env={**os.environ, **_index_of_pip()})
    return python


def _index_of_pip() -> dict[str, str]:
    """Return where the machine's pip looks for packages, for uv, which does not read pip's settings."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return {"UV_DEFAULT_INDEX": done.stdout.strip()} if done.returncode == 0 else {}


def peer(place: Place, raw: Raw, python: Path, name: str) -> Figures:
    """Let a peer take the bucket through; return its seconds, after counting its rows."""
    with psycopg.connect(place.state.dsn("owner")) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}".encode())
    environment = {
        **place.environment(raw.bucket),
        "PYTHONPATH": str(ROOT),
        "DSN": place.state.dsn("owner"),
        "JDBC_JAR": str(JDBC_JAR),
        "HOME": str(place.folder),  # dlt keeps its state there
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    before = place.server_seconds()
    command = [str(python), "-m", "tests.bench.etl_peers", name, raw.bucket, str(raw.folder)]
    taken = measured(command, environment, place.folder)
    server_seconds = place.server_seconds() - before
    rows = place.query(f"select count(*) from {SCHEMA}.{name}")[0]  # noqa: S608 - a name of PEERS
    if rows != raw.stream.events_count:
        raise ValueError(f"{name} must write {raw.stream.events_count} rows, and wrote {rows}")
    start = json.loads(taken.output.splitlines()[0])["start_cpu_seconds"]
    return {
        "cpu_seconds": taken.cpu_seconds + server_seconds,
        "start_cpu_seconds": start,
        "postgres_cpu_seconds": server_seconds,
        "wall_seconds": taken.wall_seconds,
    }


def names() -> list[str]:
    """The peers there are."""
    return list(PEERS)
