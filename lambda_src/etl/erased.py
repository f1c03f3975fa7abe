"""People who asked to be erased: their lines are not loaded, whenever they come.

The warehouse knows them by keyed hashes alone. A line is an account's if it came with its access token, and a
browser's if it came without any: a line of somebody else on the same browser is left alone.
"""

import hashlib
import hmac
from dataclasses import dataclass

import pandas as pd

from etl.database import Connection

ACCOUNT, BROWSER = "account", "browser"


def id_hash(key: bytes, kind: str, value: str) -> str:
    """Return what stands for an account's or a browser's id: HMAC-SHA-256, in hexadecimal digits."""
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class ErasedPeople:
    """Accounts and browsers, by hash."""

    key: bytes
    id_hashes: frozenset[str]

    def cover(self, user_id: str | None, anonymous_id: str) -> bool:
        """Return whether a line with these ids is one of theirs."""
        owner = (BROWSER, anonymous_id) if user_id is None else (ACCOUNT, user_id)
        return id_hash(self.key, *owner) in self.id_hashes

    def rows_of(self, events: pd.DataFrame) -> "pd.Series[bool]":
        """Return which rows, with user_id and anonymous_id, are theirs; each pair of ids is hashed once."""
        if not self.id_hashes:
            return pd.Series(False, index=events.index)
        users = events["user_id"].astype(object).where(events["user_id"].notna(), None)
        pairs = pd.Series(list(zip(users, events["anonymous_id"], strict=True)), index=events.index)
        covered = {pair: self.cover(*pair) for pair in set(pairs)}
        return pairs.map(covered).astype(bool)


NOBODY = ErasedPeople(b"", frozenset())


def hash_key(connection: Connection) -> bytes:
    """Return the warehouse's key, by which ids are hashed."""
    row = connection.execute("select hash_key from etl.erasure_key").fetchone()
    if row is None:
        raise AssertionError("the migration that made etl.erasure_key filled it")
    return bytes(row[0])


def read_erased(connection: Connection) -> ErasedPeople:
    """Return everybody who was erased until now; the caller holds the run lock."""
    rows = connection.execute("select id_hash from etl.erased").fetchall()
    return ErasedPeople(hash_key(connection), frozenset(row[0] for row in rows)) if rows else NOBODY
