"""Evaluates the Condition element of an IAM policy. Pure.

Source: "IAM JSON policy elements: Condition operators" in the IAM user guide. An operator that is not known
raises, so that a policy is never read more loosely here than AWS would read it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from local_stack.aws.moto_types import Json

Context = Mapping[str, str | Sequence[str]]

_VARIABLE = re.compile(r"\$\{([^}]+)\}")
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


def are_met(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Say whether every operator and every key of a Condition element holds."""
    return all(
        _is_key_met(operator, wanted, context.get(key.lower()), context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def substitute(pattern: str, context: Context) -> str:
    """Return the pattern with its policy variables filled in; an unknown variable matches nothing."""
    if "${" not in pattern:
        return pattern

    def value_of(match: re.Match[str]) -> str:
        name = match[1]
        if name in _ESCAPES:
            return _ESCAPES[name]
        value = context.get(name.lower())
        return value if isinstance(value, str) else "\0"

    return _VARIABLE.sub(value_of, pattern)


def _is_key_met(operator: str, wanted: Json, found: str | Sequence[str] | None, context: Context) -> bool:
    set_operator, _, name = operator.rpartition(":")
    is_if_exists = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    values = [substitute(_text(value), context) for value in _list(wanted)]
    if name == "Null":
        return (found is None) == (values[0].lower() == "true")
    test, is_negated = _test_of(name)
    if found is None:
        return is_if_exists or is_negated or set_operator == "ForAllValues"
    hits = [any(test(value, item) for value in values) is not is_negated for item in _list(found)]
    return any(hits) if set_operator == "ForAnyValue" else all(hits)


def _test_of(name: str) -> tuple[Callable[[str, str], bool], bool]:
    """Return the test of one wanted against one found value, and whether the operator negates it."""
    is_negated = "Not" in name
    plain = name.replace("Not", "")
    if plain not in _TESTS:
        raise ValueError(f"condition operator {name} is not known to the local IAM engine")
    return _TESTS[plain], is_negated


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Json) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _like(wanted: str, found: str) -> bool:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in wanted)
    return re.fullmatch("".join(parts), found, re.DOTALL) is not None


def _in_network(wanted: str, found: str) -> bool:
    return ipaddress.ip_address(found) in ipaddress.ip_network(wanted, strict=False)


def _moment(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_TESTS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": _like,
    "ArnEquals": _like,  # AWS: ArnEquals and ArnLike behave identically
    "ArnLike": _like,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "IpAddress": _in_network,
    "NumericEquals": lambda wanted, found: float(found) == float(wanted),
    "NumericLessThan": lambda wanted, found: float(found) < float(wanted),
    "NumericLessThanEquals": lambda wanted, found: float(found) <= float(wanted),
    "NumericGreaterThan": lambda wanted, found: float(found) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, found: float(found) >= float(wanted),
    "DateEquals": lambda wanted, found: _moment(found) == _moment(wanted),
    "DateLessThan": lambda wanted, found: _moment(found) < _moment(wanted),
    "DateLessThanEquals": lambda wanted, found: _moment(found) <= _moment(wanted),
    "DateGreaterThan": lambda wanted, found: _moment(found) > _moment(wanted),
    "DateGreaterThanEquals": lambda wanted, found: _moment(found) >= _moment(wanted),
}
