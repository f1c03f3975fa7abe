"""The one key pair of a repository: made once, kept where only operators read, its public half published."""

from __future__ import annotations

from provision.errors import TerminalError

from mirror.release import sha256_of
from mirror.signing import KeyRing, key_ring, same_key
from mirror.store import ARCHIVE_KEY, Store


def open_signing_key(store: Store, ring: KeyRing, pinned_sha256: str, *, is_new: bool) -> bytes:
    """The ring holds the signing key; returns the public half as it is published from now on, armored.

    Raises a `TerminalError` when the key is lost, or is not the one that hosts are told to believe.
    """
    secret = None if is_new else store.read_secret()
    published = store.read(ARCHIVE_KEY)
    if secret is None and published is not None and not is_new:
        raise TerminalError(
            f"The signing key of {store.place} is gone, and hosts believe no other. Bring the object back "
            "from the bucket's old versions; if that can't be, docs/packages.md says how hosts get a new key."
        )
    if secret is None:
        with key_ring() as fresh:
            secret = store.keep_secret(fresh.generate(), is_replaced=is_new)
    ring.take_in(secret)
    public = published.body if published and same_key(published.body, secret) else ring.public()
    _refuse_unpinned(public, "" if is_new else pinned_sha256)
    if published is None or published.body != public:
        store.write(ARCHIVE_KEY, public, sha256_of(public))
    return public


def open_public_key(store: Store, ring: KeyRing) -> None:
    """The ring holds the published key, if there is one: enough to see what is in force."""
    published = store.read(ARCHIVE_KEY) if ARCHIVE_KEY in store.listing() else None
    if published:
        ring.take_in(published.body)


def _refuse_unpinned(public: bytes, pinned_sha256: str) -> None:
    found = sha256_of(public)
    if pinned_sha256 and found != pinned_sha256:
        raise TerminalError(
            f"platform_apt_key_sha256 must be that of {ARCHIVE_KEY}, {found}; it is {pinned_sha256}, "
            "so that hosts would refuse every package. Was the key replaced? See docs/packages.md."
        )
