"""Tries statements as roles of a database, over TLS, and tells which were not answered as they must be.

Standard input: {"login": libpq's fields, "passwords": {role: …}, "trials": […]}. A trial has `role`, and may
have `statement` (none: only the login), `answer` (the first field as text), `refused` (part of the error),
`login` (fields that differ), `connections` (so many are open beforehand), `idle_seconds` (in the transaction,
before it asks once more). What a trial does is rolled back. Standard output: a line for each trial that
failed, and how many were tried.
"""

import json
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

Trial = dict[str, Any]


def login_of(told: dict[str, Any], trial: Trial, folder: Path) -> str:
    """Return how the trial's role logs in, with the authority in a file."""
    role = trial["role"]
    fields = {**told["login"], "password": told["passwords"][role], **trial.get("login", {})}
    authority = folder / f"{id(trial)}.pem"
    authority.write_text(fields.pop("ca_certificate"))
    user = f"{told['login']['dbname']}_{role}"
    return make_conninfo("", **{"user": user, "sslrootcert": str(authority), **fields})


def outcome(login: str, trial: Trial) -> str:
    """Return what the server answered: the first field as text, or its error."""
    try:
        with ExitStack() as others:
            for _ in range(trial.get("connections", 0)):
                others.enter_context(psycopg.connect(login, connect_timeout=10))
            with psycopg.connect(login, connect_timeout=10) as connection:
                found = answered(connection, trial)
    except psycopg.Error as error:
        return f"ERROR {error}"
    return found


def answered(connection: psycopg.Connection[Any], trial: Trial) -> str:
    """Return the first field, as text, of the last result; nothing stays."""
    try:
        cursor = connection.execute(trial.get("statement", "select 'in'"))
        while cursor.nextset():
            pass
        row = cursor.fetchone() if cursor.description else None
        if "idle_seconds" in trial:
            time.sleep(trial["idle_seconds"])
            connection.execute("select 1")
        return str(row[0]) if row else ""
    finally:
        if not connection.closed:
            connection.rollback()


def is_as_wanted(trial: Trial, found: str) -> bool:
    """Whether this is the answer, or the refusal, that the trial names."""
    if "refused" in trial:
        return found.startswith("ERROR") and trial["refused"] in found
    return not found.startswith("ERROR") and found == str(trial.get("answer", found))


def main() -> None:
    """Try all of them, eight at a time; those that need many connections alone, afterwards."""
    told = json.load(sys.stdin)
    together = [trial for trial in told["trials"] if "connections" not in trial]
    alone = [trial for trial in told["trials"] if "connections" in trial]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(8) as pool:

        def tried(trial: Trial) -> str:
            return outcome(login_of(told, trial, Path(folder)), trial)

        found = [*pool.map(tried, together), *map(tried, alone)]
    for trial, answer in zip([*together, *alone], found, strict=True):
        if not is_as_wanted(trial, answer):
            print(f"{json.dumps(trial)}: {answer.strip()}")
    print(f"{len(found)} tried")


if __name__ == "__main__":
    main()
