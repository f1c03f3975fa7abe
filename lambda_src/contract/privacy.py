"""What is taken out of addresses and search terms before anything is stored. Pure.

Two rules, as in Google Analytics 4's data redaction: what looks like an e-mail address, and the values of
listed parameters. What was there is `(redacted)`, so that the address keeps its form. Applying them again
changes nothing, so that ingest and the ETL can both apply them.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec
from msgspec import Raw

from contract.event import MAX_EVENT_BYTES, MAX_TEXT_CHARACTERS

REDACTED = "(redacted)"
# What shops' pages are known to carry in their addresses, and what says who somebody is or lets others in.
PRIVATE_PARAMETERS = (
    "access_token", "api_key", "apikey", "auth_token", "e-mail", "e_mail", "email", "first_name", "firstname",
    "iban", "id_token", "last_name", "lastname", "mail", "mobile", "passwd", "password", "phone", "pwd",
    "refresh_token", "secret", "tel", "telephone", "token",
)  # fmt: skip

# What a listed parameter may be called.
PARAMETER_FORM = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")

# What people type, besides addresses.
_TYPED = frozenset({"search_term"})
# Signs are as they are, or as browsers write them in an address, once or twice over.
_AT = r"(?:@|%(?:25)?40)"
_OF_MAILBOX = r"\w.!$'*+~-"
_MAILBOX = rf"(?:[{_OF_MAILBOX}]|%(?:25)?(?:2[BbDdEe]|5[Ff]|[89A-Fa-f][0-9A-Fa-f]))"
# A mailbox begins where nothing of one stands before it, or behind an encoded sign: in %3Djo@example.com it
# is jo, and not within the code. That, and the bound, keep hostile text from costing more than its length.
_BEGIN = (
    rf"(?:(?<![%{_OF_MAILBOX}])|(?<=%[0-9A-Fa-f]{{2}})(?!(?<=%25)[0-9A-Fa-f]{{2}})"
    r"|(?<=%25[0-9A-Fa-f]{2}))"
)
# A domain ends with letters (react@18.2.0 is none), and icon@2x.png is a picture.
_DOMAIN = r"(?!\dx\.)(?:[\w-]{1,63}\.){1,8}[^\W\d_][\w-]{1,62}"
# What is found of a mailbox is not given back sign by sign: `{1,128}+` says so, too, but Python 3.11.2, which
# is Debian 12's, misses mailboxes by it (https://github.com/python/cpython/issues/101955).
_EMAIL = re.compile(rf"{_BEGIN}(?=({_MAILBOX}{{1,128}}))\1{_AT}{_DOMAIN}")
# An event without any of these has nothing private in it: a mailbox needs an @, a value an =, as they are,
# encoded or escaped.
_SIGNS = (b"@", b"=", b"%", b"\\u")
# Name and password before a host: https://name:password@host/
_CREDENTIALS = re.compile(r"(?<=://)[^/?#@\s]{1,256}@")


@dataclass(frozen=True)
class Privacy:
    """The rules as the settings have them."""

    redacts_emails: bool = True
    parameters: tuple[str, ...] = PRIVATE_PARAMETERS

    def address(self, text: str) -> str:
        """Return an address without what is private, a name and a password before its host included."""
        # most addresses have neither sign, and looking for one costs a tenth of looking for what it begins
        if "@" in text:
            text = _CREDENTIALS.sub("", text)
        if self.parameters and ("=" in text or "%" in text):
            text = self._parameter.sub(rf"\1\2{REDACTED}", text)
        text = self.typed(text)
        # what was short is longer now, and the contract holds for what is stored, too
        return text if len(text) <= MAX_TEXT_CHARACTERS else text.replace(REDACTED, "")

    def typed(self, text: str) -> str:
        """Return text that somebody typed without what looks like an e-mail address."""
        if self.redacts_emails and ("@" in text or "40" in text):
            return _EMAIL.sub(REDACTED, text)
        return text

    def parameter(self, name: str, value: str, address: Callable[[str], str] | None = None) -> str:
        """Return the text of an event's parameter without what is private, if it is an address or typed."""
        if name in _TYPED:
            return self.typed(value)
        return (address or self.address)(value) if is_address(value) else value

    def event(self, text: bytes) -> bytes:
        """Return an event of the contract without what is private; all else of it stays as it came."""
        if not any(sign in text for sign in _SIGNS):
            return text
        parts = msgspec.json.decode(text, type=dict[str, Raw])
        changed = {
            name: part
            for name, redact in (("page", self._page_field), ("params", self.parameter))
            if (part := _redacted_part(parts.get(name), redact)) is not None
        }
        if not changed:
            return text
        stored = msgspec.json.encode({**parts, **changed})
        return stored if len(stored) <= MAX_EVENT_BYTES else stored.replace(REDACTED.encode(), b"")

    def _page_field(self, name: str, value: str) -> str:
        return value if name == "title" else self.address(value)

    def anything(self, text: str) -> str:
        """Return text that can't be read as an event, as a whole, without what is private."""
        if self.parameters:
            text = self._parameter_in_text.sub(rf"\1\2{REDACTED}", text)
        return self.typed(text)

    @cached_property
    def _parameter(self) -> re.Pattern[str]:
        return _parameter_pattern(self.parameters, "&;#")

    @cached_property
    def _parameter_in_text(self) -> re.Pattern[str]:
        return _parameter_pattern(self.parameters, r"&;#\"\\\s")


def privacy_from(environment: Mapping[str, str]) -> Privacy:
    """Return the rules of a function's environment; the usual ones where it says nothing.

    REDACT_EMAILS is true or false, PRIVATE_PARAMETERS names with commas between them, or nothing for none.
    """
    listed = environment.get("PRIVATE_PARAMETERS")
    parameters = PRIVATE_PARAMETERS if listed is None else tuple(name for name in listed.split(",") if name)
    return Privacy(environment.get("REDACT_EMAILS", "true") == "true", parameters)


def is_address(text: str) -> bool:
    """Return whether a parameter's text is an address: with a scheme, or one within the site."""
    return "://" in text or text.startswith(("/", "?", "#", "mailto:"))


def _parameter_pattern(names: Iterable[str], ends: str) -> re.Pattern[str]:
    """Return what finds a parameter's value, and `name=` before it as a group; `ends` are what ends a value.

    In an address that is itself a value, with its signs encoded, the next parameter begins with such a sign.
    """
    listed = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    plain = rf"([?&;#](?:{listed})=)[^{ends}]+"
    within = rf"(%(?:25)?(?:3F|26|23)(?:{listed})(?:=|%(?:25)?3D))(?:(?!%(?:25)?(?:26|23))[^{ends}])+"
    return re.compile(f"{plain}|{within}", re.IGNORECASE)


def _redacted_part(part: Raw | None, redact: Callable[[str, str], str]) -> dict[str, Any] | None:
    """Return a part of an event with redacted texts, None if there is nothing to redact."""
    if part is None or not bytes(part).startswith(b"{"):
        return None
    fields = msgspec.json.decode(part, type=dict[str, Raw])
    texts = {
        name: msgspec.json.decode(raw, type=str)
        for name, raw in fields.items()
        if bytes(raw).startswith(b'"')
    }
    changed = {name: new for name, old in texts.items() if (new := redact(name, old)) != old}
    return {**fields, **changed} if changed else None
