"""Where the local stack keeps what it knows: `.local/stack.json` and `.local/secrets.json`, both 0600."""

from __future__ import annotations

import hashlib
import json
import os
import random
import secrets
import socket
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from local_stack.errors import StackError

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_DIRECTORY = CHECKOUT / ".local"
ACCOUNT_ID = "123456789012"
HOST = "127.0.0.1"
DatabaseName = Literal["warehouse", "oltp"]
WAREHOUSE: DatabaseName = "warehouse"
OLTP: DatabaseName = "oltp"
Role = Literal["owner", "loader", "shop", "reader"]
# who may log in to which database; a role's whole name is <database>_<role>
ROLES: dict[DatabaseName, tuple[Role, ...]] = {
    WAREHOUSE: ("owner", "loader", "reader"),
    OLTP: ("owner", "shop", "reader"),
}

# Below the range that outgoing connections take their ports from, so that a kept port stays free.
PORTS = range(20000, 32000)
PORT_SHARES = 64


@dataclass(frozen=True)
class ProcessMark:
    """One process of ours: the start time tells it from a later process with the same number."""

    pid: int
    start_ticks: int


@dataclass(frozen=True)
class StackState:
    """One local stack: its addresses, keys and processes. Everything listens on 127.0.0.1 only."""

    directory: Path
    aws_endpoint_url: str
    aws_region: str
    aws_account_id: str
    aws_access_key_id: str
    aws_secret_access_key: str = field(repr=False)
    services_access_key_id: str
    services_secret_access_key: str = field(repr=False)
    api_url: str
    postgres_host: str
    postgres_port: int  # of the warehouse
    oltp_port: int  # of the shop's database
    dashboards_url: str
    storefront_url: str  # stands for the distribution's own name (local_stack/names.py)
    sign_in_url: str  # stands for the user pool's domain
    image: str = ""
    processes: dict[str, ProcessMark] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Eight hex digits that tell this stack's containers from another checkout's."""
        return hashlib.sha256(str(self.directory.resolve()).encode()).hexdigest()[:8]

    @property
    def log_directory(self) -> Path:
        """The folder of the processes' logs."""
        return self.directory / "log"

    def container_name(self, part: str) -> str:
        """Return the name of this stack's container for `part`."""
        return f"cloudworks-{self.label}-{part}"

    def port_of(self, url: str) -> int:
        """Return the port that a URL of this stack names."""
        return int(url.rpartition(":")[2].partition("/")[0])

    def database_port(self, database: DatabaseName) -> int:
        """Return the port of a database's cluster."""
        return self.postgres_port if database == WAREHOUSE else self.oltp_port

    def password(self, role: Role, database: DatabaseName = WAREHOUSE) -> str:
        """Return the generated password of a database's role."""
        return secrets_of(self.directory)[f"{database}_{role}"]

    def libpq_fields(self, role: Role, database: DatabaseName = WAREHOUSE) -> dict[str, str | int]:
        """Return libpq's fields of a database as one of its roles: what the functions' secrets hold."""
        return {
            "host": self.postgres_host,
            "port": self.database_port(database),
            "dbname": database,
            "user": f"{database}_{role}",
            "password": self.password(role, database),
            "sslmode": "prefer",
        }

    def libpq_environment(self, role: Role, database: DatabaseName = WAREHOUSE) -> dict[str, str]:
        """Return libpq's variables of a database as one of its roles."""
        fields = self.libpq_fields(role, database)
        names = {"dbname": "PGDATABASE"}
        return {names.get(name, f"PG{name.upper()}"): str(value) for name, value in fields.items()}

    def dsn(self, role: Role, database: DatabaseName = WAREHOUSE) -> str:
        """Return the libpq URL of a database as one of its roles."""
        password = quote(self.password(role, database), safe="")
        place = f"{self.postgres_host}:{self.database_port(database)}"
        return f"postgresql://{database}_{role}:{password}@{place}/{database}"

    def aws_environment(self) -> dict[str, str]:
        """Return the environment variables that point any AWS SDK at this stack as the operator."""
        return {
            "AWS_ENDPOINT_URL": self.aws_endpoint_url,
            "AWS_REGION": self.aws_region,
            "AWS_DEFAULT_REGION": self.aws_region,
            "AWS_ACCESS_KEY_ID": self.aws_access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.aws_secret_access_key,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def save(self) -> StackState:
        """Write the state file whole or not at all, readable by its owner only."""
        document = {key: value for key, value in asdict(self).items() if key != "directory"}
        write_private(self.directory / "stack.json", json.dumps(document, indent=2) + "\n")
        return self

    def with_process(self, name: str, mark: ProcessMark | None) -> StackState:
        """Return this state with one process recorded, or forgotten when `mark` is None."""
        kept = {key: value for key, value in self.processes.items() if key != name}
        return replace(self, processes=kept if mark is None else {**kept, name: mark})


def load(directory: Path = DEFAULT_DIRECTORY) -> StackState:
    """Return the running stack's state; a StackError with the command to run when it is not running."""
    from local_stack.processes import is_alive  # noqa: PLC0415 - processes needs this module's types

    state = read(directory)
    if state is None or not is_alive(state.processes.get("aws")):
        raise StackError(f"the local stack of {directory} must be running, and is not", "make up")
    return state


def read(directory: Path = DEFAULT_DIRECTORY) -> StackState | None:
    """Return the kept state, running or not; None before the first start."""
    path = directory / "stack.json"
    if not path.exists():
        return None
    try:
        document: dict[str, Any] = json.loads(path.read_text())
        marks = {name: ProcessMark(**mark) for name, mark in document.pop("processes").items()}
        return StackState(directory=directory, processes=marks, **document)
    except (ValueError, TypeError, KeyError) as error:
        raise StackError(f"{path} can't be read as this version's state: {error}", "make clean") from error


def create(directory: Path = DEFAULT_DIRECTORY, region: str = "eu-central-1") -> StackState:
    """Return a new stack's state, saved: free ports, fresh keys, generated passwords."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / "log").mkdir(mode=0o700, exist_ok=True)
    aws, api, postgres, oltp, dashboards, storefront, sign_in = free_ports(7)
    passwords = {
        f"{database}_{role}": secrets.token_urlsafe(24) for database in ROLES for role in ROLES[database]
    }
    write_private(directory / "secrets.json", json.dumps(passwords, indent=2) + "\n")
    return StackState(
        directory=directory,
        aws_endpoint_url=f"http://{HOST}:{aws}",
        aws_region=region,
        aws_account_id=ACCOUNT_ID,
        aws_access_key_id=new_access_key_id(),
        aws_secret_access_key=secrets.token_urlsafe(30),
        services_access_key_id=new_access_key_id(),
        services_secret_access_key=secrets.token_urlsafe(30),
        api_url=f"http://{HOST}:{api}",
        postgres_host=HOST,
        postgres_port=postgres,
        oltp_port=oltp,
        dashboards_url=f"http://{HOST}:{dashboards}",
        storefront_url=f"http://{HOST}:{storefront}",
        sign_in_url=f"http://{HOST}:{sign_in}",
    ).save()


def secrets_of(directory: Path) -> dict[str, str]:
    """Return the generated passwords by role name."""
    return dict(json.loads((directory / "secrets.json").read_text()))


def new_access_key_id() -> str:
    """Return a key id in the shape of AWS's: AKIA and sixteen of A-Z, 2-7."""
    return "AKIA" + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step, mode 0600, so that no reader ever sees half of it."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    scratch.replace(path)


def free_ports(count: int) -> list[int]:
    """Return `count` ports of 127.0.0.1 that nothing listens on now."""
    found: list[int] = []
    own = ports_of(os.getpid())
    for port in random.sample(own, len(own)):
        if is_port_free(port):
            found.append(port)
        if len(found) == count:
            return found
    raise StackError(f"no {count} free ports between {PORTS.start} and {PORTS.stop}", "ss -ltn")


def ports_of(pid: int) -> range:
    """Return the ports that a process chooses from: others than a process that chooses at the same moment."""
    return PORTS[pid % PORT_SHARES :: PORT_SHARES]


def is_port_free(port: int) -> bool:
    """Say whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
