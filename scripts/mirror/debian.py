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
    """Base URLs: of Debian's archive, and of the one for security updates; empty where none is known."""

    main: str
    security: str


def mirrors_of(policy: str) -> Mirrors:
    """The mirrors of Debian that `apt-cache policy` printed."""
    found: dict[bool, str] = {}
    for url, suite, release in _ORIGIN.findall(policy):
        if "o=Debian," in release:
            found.setdefault("security" in suite, url)
    return Mirrors(found.get(False, ""), found.get(True, ""))


def refuse_unknown(mirrors: Mirrors) -> Mirrors:
    """The mirrors as they are; a `TerminalError` when one of the two is missing."""
    known_by = {"--mirror": mirrors.main, "--security-mirror": mirrors.security}
    missing = [option for option, url in known_by.items() if not url]
    if missing:
        raise TerminalError(
            "This machine's apt must know a mirror of Debian and of its security archive, or be told: give "
            f"{' URL and '.join(missing)} URL (or run apt-get update, if the lists were never read)."
        )
    return mirrors


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
