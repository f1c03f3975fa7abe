"""Tries statements as roles of a database, over TLS, and tells which were not answered as they must be.

Standard input: {"login": libpq's fields, "passwords": {role: …}, "trials": […]}. A trial has `role`, and may have
`statement` (none: only the login), `answer` (text of the first field of the first row), `refused` (part of the error) and
`login` (fields that differ). What a trial does is rolled back. Standard output: a line for each trial that failed.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

Trial = dict[str, Any]


def outcome(login: dict[str, str], trial: Trial) -> str:
    """Return what the server answered: the first field as text, or its error."""
    try:
        with psycopg.connect(make_conninfo("", **login), connect_timeout=10) as connection:
            try:
                cursor = connection.execute(trial.get("statement", "select 'in'"))
                row = cursor.fetchone() if cursor.description else None
                return str(row[0]) if row else ""
            finally:
                if not connection.closed:
                    connection.rollback()
    except psycopg.Error as error:
        return f"ERROR {error}"


def is_as_wanted(trial: Trial, found: str) -> bool:
    """Whether this is the answer, or the refusal, that the trial names."""
    if "refused" in trial:
        return found.startswith("ERROR") and trial["refused"] in found
    return not found.startswith("ERROR") and found == str(trial.get("answer", found))


def main() -> None:
    """Try all of them."""
    told = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        for number, trial in enumerate(told["trials"]):
            role = trial["role"]
            fields = {**told["login"], "password": told["passwords"].get(role, ""), **trial.get("login", {})}
            authority = Path(folder) / f"{number}.pem"
            authority.write_text(fields.pop("ca_certificate"))
            login = {**fields, "user": f"{fields['dbname']}_{role}", "sslrootcert": str(authority)}
            found = outcome(login, trial)
            if not is_as_wanted(trial, found):
                print(f"{json.dumps(trial)}: {found.strip()}")
    print(f"{len(told['trials'])} tried")


if __name__ == "__main__":
    main()
