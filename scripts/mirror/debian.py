"""Where packages come from: the Debian mirror of this machine's own apt, or the one that is named."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from provision.errors import TerminalError

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_ORIGIN = re.compile(r"\d+ (\S+://\S+|file:\S+) (\S+)/main .*\n +release (.*)")


@dataclass(frozen=True)
class Mirrors:
    """Base URLs: of Debian's archive, and of the one for security updates."""

    main: str
    security: str


def mirrors_of(policy: str) -> Mirrors:
    """The mirrors that `apt-cache policy` printed; a `TerminalError` when one of the two is missing."""
    found: dict[bool, str] = {}
    for url, suite, release in _ORIGIN.findall(policy):
        if "o=Debian," in release:
            found.setdefault("security" in suite, url)
    missing = [
        option
        for option, is_security in (("--mirror", False), ("--security-mirror", True))
        if is_security not in found
    ]
    if missing:
        raise TerminalError(
            "This machine's apt must know a mirror of Debian and of its security archive, or you must name it: "
            f"give {' URL and '.join(missing)} URL (or run apt-get update, if the lists were never read)."
        )
    return Mirrors(found[False], found[True])


def sources_text(mirrors: Mirrors, keyring: Path) -> str:
    """Debian 13 with its updates, as apt's sources; nothing that the keyring's keys did not sign counts."""
    return "\n".join(
        _source(url, suites, keyring)
        for url, suites in (
            (mirrors.main, f"{SUITE} {SUITE}-updates"),
            (mirrors.security, f"{SUITE}-security"),
        )
    )


def _source(url: str, suites: str, keyring: Path) -> str:
    return f"Types: deb\nURIs: {url}\nSuites: {suites}\nComponents: main\nSigned-By: {keyring}\n"
