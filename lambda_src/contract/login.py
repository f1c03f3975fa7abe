"""A function's login to its database, as it lies in the artifacts bucket.

It is one JSON object: libpq's fields, and beside them `ca_certificate`, the authority (PEM) that the server's
certificate must be of. libpq takes an authority from a file only, so it is written to one.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import msgspec

AUTHORITY = "ca_certificate"
# libpq's fields by which a host that is gone without a word is noticed within half a minute; its defaults are
# those of the kernel, over two hours. Source: PostgreSQL 17, "Parameter Key Words" of libpq.
NOTICE_SILENCE = {
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}


def libpq_fields(login: bytes, folder: Path | None = None) -> dict[str, str]:
    """Return libpq's fields of a login; the authority, if there is one, is in a file of `folder`.

    Raises `msgspec.MsgspecError`, which shows no value, when it is no such object.
    """
    decoded = msgspec.json.decode(login, type=dict[str, str | int])
    fields = {name: str(value) for name, value in decoded.items()}
    authority = fields.pop(AUTHORITY, None)
    if authority is not None:
        fields["sslrootcert"] = str(_file_of(authority, folder or Path(tempfile.gettempdir())))
    return fields


def _file_of(authority: str, folder: Path) -> Path:
    """Return the file that holds the authority; whole whenever it is there, named after what it holds."""
    path = folder / f"authority-{hashlib.sha256(authority.encode()).hexdigest()[:16]}.pem"
    scratch = folder / f"{path.name}.{os.getpid()}"
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(authority)
    scratch.replace(path)
    return path
