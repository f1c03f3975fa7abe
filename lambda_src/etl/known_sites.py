"""Which sites are known, and what they are: the lists of `site_lists/`, as questions about one source.

A source is what GA4 calls one: a host, or the bare name that campaigns write (`utm_source=facebook`).
Matomo's lists say what is a search engine, a social network or an AI assistant; ours the rest.
"""

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

Kind = Literal["payment", "video", "shopping", "ai", "social", "search"]

# A site on two lists is the first of these: YouTube is a social network, too, and ChatGPT searches.
_KINDS: tuple[Kind, ...] = ("payment", "video", "shopping", "ai", "social", "search")
_FOLDER = Path(__file__).parent / "site_lists"
# What `{}` stands for in a host: com, de, co.uk, com.br; or the fr of fr.search.yahoo.com.
_COUNTRY = r"(?:[a-z]{2,3}|(?:com?|net|ne|org|or)\.[a-z]{2})"
# Of a search engine only the hosts of its list search: mail.google.com does not. The others are what they are
# on all hosts below theirs: m.facebook.com.
_EXACT: frozenset[Kind] = frozenset({"search", "ai"})
_USUAL_HOSTS = ("www.", "m.")


@dataclass(frozen=True)
class _Sites:
    """The sites of one kind."""

    hosts: frozenset[str]
    patterns: re.Pattern[str]  # of hosts with a country in them
    names: frozenset[str]
    is_exact: bool

    def has(self, source: str) -> bool:
        return source in self.names or any(
            host in self.hosts or self.patterns.fullmatch(host) for host in self._hosts_of(source)
        )

    def _hosts_of(self, source: str) -> list[str]:
        if self.is_exact:
            return [source, *(source.removeprefix(usual) for usual in _USUAL_HOSTS)]
        labels = source.split(".")
        return [".".join(labels[start:]) for start in range(len(labels) - 1)]


@lru_cache(maxsize=65_536)
def kind_of(source: str) -> Kind | None:
    """Return what kind of site a source is; None for those on no list."""
    asked = source.lower()
    return next((kind for kind in _KINDS if _known()[kind].has(asked)), None)


@cache
def _known() -> dict[Kind, _Sites]:
    lists: dict[str, Any] = {
        **json.loads((_FOLDER / "matomo.json").read_bytes()),
        **json.loads((_FOLDER / "ours.json").read_bytes()),
    }
    return {kind: _sites(lists[kind], is_exact=kind in _EXACT) for kind in _KINDS}


def _sites(listed: dict[str, list[str]], *, is_exact: bool) -> _Sites:
    patterns = [host for host in listed["hosts"] if "{}" in host]
    written = (re.escape(host).replace(r"\{\}", _COUNTRY) for host in patterns)
    return _Sites(
        hosts=frozenset(listed["hosts"]) - frozenset(patterns),
        patterns=re.compile("|".join(written) or r"(?!)"),  # (?!) matches nothing
        names=frozenset(listed["names"]),
        is_exact=is_exact,
    )
