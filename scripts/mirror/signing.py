"""The key that hosts trust, in gpg's hands: in a folder of its own for one run, and never an argument."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provision.errors import TerminalError

PUBLIC_BEGINS = b"-----BEGIN PGP PUBLIC KEY BLOCK-----"
_USER = "CloudWorks packages"
_ASK_SECONDS = 60


@dataclass(frozen=True)
class KeyRing:
    """A folder of gpg's that holds one key."""

    home: Path

    def generate(self) -> bytes:
        """A new key for signing, and nothing else; returns it armored, to be kept where only operators read.

        It does not expire: hosts would refuse their packages on that day. It has no passphrase: the bucket
        guards it.
        """
        self._gpg("--passphrase", "", "--quick-generate-key", _USER, "ed25519", "sign", "never")
        return self._gpg("--armor", "--export-secret-keys")

    def take_in(self, armored: bytes) -> None:
        """The key, public or secret, is in the ring; a `TerminalError` when it is no key."""
        self._gpg("--import", given=armored)

    def public(self) -> bytes:
        """The part that everybody may have, armored."""
        return self._gpg("--armor", "--export-options", "export-minimal", "--export")

    def fingerprints(self) -> set[str]:
        """The keys in the ring."""
        listed = self._gpg("--with-colons", "--list-keys").decode()
        return set(re.findall(r"^pub:(?:.*\n)*?fpr:+([0-9A-F]{40,64}):", listed, flags=re.MULTILINE))

    def sign(self, text: str) -> bytes:
        """The text with its signature around it, as InRelease is."""
        return self._gpg("--digest-algo", "SHA512", "--clearsign", given=text.encode())

    def verified(self, signed: bytes) -> str | None:
        """The text that the ring's key signed; None when it did not, or when something was changed."""
        try:
            self._gpg("--verify", given=signed)  # unsigned texts can be "decrypted", too
            return self._gpg("--decrypt", given=signed).decode()
        except TerminalError:
            return None

    def _gpg(self, *options: str, given: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(self.home), "--batch", "--no-tty", "--quiet", "--yes"]
        command += ["--pinentry-mode", "loopback", "--trust-model", "always", "--no-auto-key-retrieve"]
        done = subprocess.run(
            [*command, *options], input=given, capture_output=True, timeout=_ASK_SECONDS, check=False
        )
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise TerminalError(f"gpg {options[-1]} must succeed, it says: {said}")
        return done.stdout


def same_key(one: bytes, other: bytes) -> bool:
    """Whether two armored keys, public or secret, are of one pair; gpg's versions armor differently."""
    found = []
    for armored in (one, other):
        with key_ring() as ring:
            ring.take_in(armored)
            found.append(ring.fingerprints())
    return found[0] == found[1]


@contextmanager
def key_ring() -> Iterator[KeyRing]:
    """An empty ring, readable by nobody else; it and gpg's agent are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="apt-key-") as folder:
        try:
            yield KeyRing(Path(folder))
        finally:
            command = ["gpgconf", "--homedir", folder, "--kill", "all"]
            subprocess.run(command, capture_output=True, timeout=_ASK_SECONDS, check=False)
