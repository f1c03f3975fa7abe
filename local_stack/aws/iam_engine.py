"""Decides IAM requests as AWS documents it: explicit deny, then allow, else refused. Pure: no clock, no I/O.

Source: "Policy evaluation logic" and "IAM JSON policy elements reference" in the IAM user guide. It knows
statements with (Not)Action, (Not)Resource, (Not)Principal and Condition, policy variables, permission
boundaries, session policies and resource policies. It does not know organisation policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from local_stack.aws.iam_conditions import Context, are_met, substitute
from local_stack.aws.moto_types import Json

Decision = Literal["Allow", "Deny"]
Statement = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    """One question: may this caller do `action` on `resource`? Context keys are lower case."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)
    arns: frozenset[str] = frozenset()  # the caller's own ARNs: user, or role and role session
    account: str = ""
    services: frozenset[str] = frozenset()  # the AWS services that the caller speaks for


@dataclass(frozen=True)
class Policies:
    """Every document that bears on a request; `None` means there is no such policy."""

    identity: Sequence[str]
    boundary: str | None = None
    session: str | None = None
    resource: str | None = None


def is_allowed(policies: Policies, request: Request) -> bool:
    """Say whether AWS would allow the request, for a caller and a resource of the same account."""
    identity = evaluate(policies.identity, request)
    caps = [evaluate([cap], request) for cap in (policies.boundary, policies.session) if cap is not None]
    named = _by_resource_policy(policies.resource, request)
    if "Deny" in (identity, named, *caps):
        return False
    if request.action.startswith("sts:AssumeRole") and policies.resource is not None:
        is_delegated = _is_delegated(policies.resource, request)
        return named == "Allow" or (is_delegated and identity == "Allow" and _are_all_allow(caps))
    return named == "Allow" or (identity == "Allow" and _are_all_allow(caps))


def evaluate(
    documents: Iterable[str], request: Request, *, is_resource_policy: bool = False
) -> Decision | None:
    """Return what the documents say together: Deny wins over Allow; None when nothing matches."""
    found: Decision | None = None
    for document in documents:
        for statement in parse(document):
            if is_resource_policy and not _names_caller(statement, request):
                continue
            if not _applies(statement, request):
                continue
            if statement["Effect"] == "Deny":
                return "Deny"
            found = "Allow"
    return found


@lru_cache(maxsize=1024)
def parse(document: str) -> tuple[Statement, ...]:
    """Return a document's statements; ValueError when it is not a policy. Cached by its text."""
    statements = json.loads(document)["Statement"]
    return tuple(statements) if isinstance(statements, list) else (statements,)


def _are_all_allow(decisions: Sequence[Decision | None]) -> bool:
    return all(decision == "Allow" for decision in decisions)


def _by_resource_policy(document: str | None, request: Request) -> Decision | None:
    return None if document is None else evaluate([document], request, is_resource_policy=True)


def _is_delegated(document: str, request: Request) -> bool:
    """Say whether the document trusts the caller's whole account, which leaves it to identity policies."""
    account = Request(
        action=request.action,
        resource=request.resource,
        context=request.context,
        arns=frozenset({request.account, f"arn:aws:iam::{request.account}:root"}),
    )
    return evaluate([document], account, is_resource_policy=True) == "Allow"


def _applies(statement: Statement, request: Request) -> bool:
    return (
        _matches(statement, "Action", request.action, request.context, is_case_free=True)
        and _matches(statement, "Resource", request.resource, request.context, is_case_free=False)
        and are_met(statement.get("Condition") or {}, request.context)
    )


def _matches(statement: Statement, element: str, value: str, context: Context, *, is_case_free: bool) -> bool:
    """Say whether `element` or its Not-form covers the value; a trust policy has no Resource at all."""
    is_negated = f"Not{element}" in statement
    patterns = statement.get(f"Not{element}" if is_negated else element)
    if patterns is None:
        return element == "Resource"
    hit = any(is_like(substitute(pattern, context), value, is_case_free) for pattern in as_list(patterns))
    return hit is not is_negated


def _names_caller(statement: Statement, request: Request) -> bool:
    if "NotPrincipal" in statement:
        denied_to = statement["NotPrincipal"]
        return not _is_among(denied_to, request)
    return _is_among(statement.get("Principal", {}), request)


def _is_among(principal: Json, request: Request) -> bool:
    if principal == "*":
        return True
    entries = principal if isinstance(principal, Mapping) else {"AWS": principal}
    for kind, names in entries.items():
        for name in as_list(names):
            if kind == "AWS" and (name == "*" or name in request.arns):
                return True
            if kind == "Service" and name in request.services:
                return True
    return False


def as_list(value: Json) -> list[Any]:
    """Return a policy element as a list: AWS takes one value for a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]


def is_like(pattern: str, value: str, is_case_free: bool = False) -> bool:
    """Say whether the value matches the pattern, where * is any run and ? any one character."""
    if is_case_free:
        pattern, value = pattern.lower(), value.lower()
    return _wildcard(pattern).fullmatch(value) is not None


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern)
    return re.compile("".join(parts), re.DOTALL)
