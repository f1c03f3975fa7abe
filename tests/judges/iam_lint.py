"""Findings of an IAM linter in one policy: parliament, with AWS's own list of actions, and rules of ours.

Parliament knows which actions exist, which resources and conditions each takes, and combinations that give
more than they seem to. It has no rule for a condition that is *missing*; those are ours, below.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provision.normal_form import PolicyDocument

from tests.judges.estate import as_list

with warnings.catch_warnings():
    # its setuptools is pinned below the version that drops pkg_resources (docs/decisions/0002)
    warnings.simplefilter("ignore")
    import parliament  # type: ignore[import-untyped]

# A service acts for many accounts: one of these says for which it may act here.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
SOURCE_KEYS = {"aws:sourceaccount", "aws:sourcearn"}
CALLER_KEYS = {
    *("aws:principalaccount", "aws:principalarn", "aws:resourceaccount"),
    *("aws:sourcevpc", "aws:sourcevpce", "aws:sourceaccount", "aws:sourcearn"),
}
ANY_ROLE = "arn:aws:iam::123456789012:role/any"


@dataclass(frozen=True, order=True)
class Finding:
    """What is wrong, in the linter's words, and with what."""

    issue: str
    detail: str

    def __str__(self) -> str:
        """One line of it."""
        return f"{self.issue}: {self.detail}"


def findings(document: PolicyDocument) -> list[Finding]:
    """Everything that parliament and our own rules find, sorted, each once."""
    found = {*_of_parliament(document), *(one for part in document["Statement"] for one in _missing(part))}
    return sorted(found)


def _of_parliament(document: PolicyDocument) -> Iterator[Finding]:
    text = json.dumps({**document, "Statement": [_with_resource(one) for one in document["Statement"]]})
    # its further rules look at what a caller may do: a policy of a thing says who may do it to the thing
    is_of_a_caller = not any("Principal" in one for one in document["Statement"])
    judged = parliament.analyze_policy_string(text, include_community_auditors=is_of_a_caller)
    for one in judged.findings:
        yield Finding(one.issue, _plain(one.detail))


def _with_resource(statement: PolicyDocument) -> PolicyDocument:
    """A trust policy says nothing of the role that it belongs to, and parliament wants to be told."""
    if "Principal" in statement and "Resource" not in statement:
        return {**statement, "Resource": ANY_ROLE}
    return statement


def _plain(detail: Any) -> str:
    if isinstance(detail, list):
        return ", ".join(sorted(_plain(item) for item in detail))
    if isinstance(detail, dict):
        return " ".join(str(value) for value in detail.values())
    return str(detail)


def _missing(statement: PolicyDocument) -> Iterator[Finding]:
    if statement["Effect"] != "Allow":
        return
    keys = {key.lower() for condition in statement.get("Condition", {}).values() for key in condition}
    actions = as_list(statement.get("Action", []))
    yield from (Finding("ACTION_STAR", action) for action in actions if "*" in action)
    if {"iam:PassRole", "iam:*", "*"} & set(actions) and "iam:passedtoservice" not in keys:
        yield Finding("MISSING_CONDITION", "iam:PassRole without iam:PassedToService")
    principal = statement.get("Principal", {})
    if isinstance(principal, dict) and "Service" in principal and not keys & SOURCE_KEYS:
        yield Finding("MISSING_CONDITION", f"{principal['Service']} without aws:SourceAccount")
    if principal in ("*", {"AWS": "*"}) and not keys & CALLER_KEYS:
        yield Finding("MISSING_CONDITION", "anybody, without a condition that says who or from where")
