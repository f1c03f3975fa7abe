"""The policy engine decides as AWS documents it; no stack is needed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_stack.aws.iam_conditions import are_met
from local_stack.aws.iam_engine import Policies, Request, evaluate, is_allowed, is_like
from tests.local_stack.estate import allow, policy

READ = Request("s3:GetObject", "arn:aws:s3:::raw/events/a", {"aws:username": "ann"})
ROLE = "arn:aws:iam::123456789012:role/reader"
ASSUME = Request(
    "sts:AssumeRole", ROLE, arns=frozenset({"arn:aws:iam::123456789012:user/ann"}), account="123456789012"
)


def deny(actions: list[str], resources: list[str], **more: object) -> dict[str, object]:
    return {**allow(actions, resources, **more), "Effect": "Deny"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow(["s3:GetObject"], ["arn:aws:s3:::raw/events/*"]), "Allow"),
        (allow(["S3:getobject"], ["*"]), "Allow"),
        (allow(["s3:Get*"], ["arn:aws:s3:::ra?/events/a"]), "Allow"),
        (allow(["s3:PutObject"], ["*"]), None),
        (allow(["s3:GetObject"], ["arn:aws:s3:::other/*"]), None),
        (allow(["s3:GetObject"], ["arn:aws:s3:::RAW/*"]), None),
        ({"Effect": "Allow", "NotAction": ["s3:Put*"], "Resource": "*"}, "Allow"),
        ({"Effect": "Allow", "NotAction": "s3:Get*", "Resource": "*"}, None),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::raw/*"}, None),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}, "Allow"),
        (allow(["s3:GetObject"], ["arn:aws:s3:::raw/${aws:username}/*"]), None),
        (deny(["s3:*"], ["*"]), "Deny"),
    ],
)
def test_statement_covers_exactly_what_it_names(statement: object, expected: str | None) -> None:
    assert evaluate([policy(statement)], READ) == expected


def test_deny_wins_over_any_allow() -> None:
    documents = [policy(allow(["*"], ["*"])), policy(deny(["s3:Get*"], ["arn:aws:s3:::raw/events/*"]))]
    assert not is_allowed(Policies(documents), READ)


def test_policy_variable_is_filled_from_the_context() -> None:
    statement = allow(["s3:GetObject"], ["arn:aws:s3:::raw/${aws:username}/*"])
    own = Request("s3:GetObject", "arn:aws:s3:::raw/ann/x", {"aws:username": "ann"})
    assert evaluate([policy(statement)], own) == "Allow"
    assert evaluate([policy(statement)], READ) is None


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"StringEquals": {"s3:prefix": "events/"}}, True),
        ({"StringEquals": {"S3:Prefix": ["other/", "events/"]}}, True),
        ({"StringEquals": {"s3:prefix": "other/"}}, False),
        ({"StringLike": {"s3:prefix": "ev*"}}, True),
        ({"StringNotEquals": {"s3:prefix": "events/"}}, False),
        ({"StringNotEquals": {"absent": "x"}}, True),
        ({"StringEquals": {"absent": "x"}}, False),
        ({"StringEqualsIfExists": {"absent": "x"}}, True),
        ({"Null": {"absent": "true"}}, True),
        ({"Null": {"s3:prefix": "true"}}, False),
        ({"Bool": {"aws:securetransport": "false"}}, False),
        ({"Bool": {"aws:securetransport": True}}, True),
        ({"NumericLessThanEquals": {"s3:max-keys": "100"}}, True),
        ({"NumericLessThan": {"s3:max-keys": "100"}}, False),
        ({"IpAddress": {"aws:sourceip": "127.0.0.0/8"}}, True),
        ({"NotIpAddress": {"aws:sourceip": "127.0.0.0/8"}}, False),
        ({"DateGreaterThan": {"aws:currenttime": "2026-01-01T00:00:00Z"}}, True),
        ({"ForAllValues:StringEquals": {"tags": ["a", "b", "c"]}}, True),
        ({"ForAllValues:StringEquals": {"tags": ["a"]}}, False),
        ({"ForAnyValue:StringEquals": {"tags": ["a"]}}, True),
        ({"StringEquals": {"s3:prefix": "events/"}, "Bool": {"aws:securetransport": "false"}}, False),
    ],
)
def test_conditions_hold_as_documented(conditions: dict[str, dict[str, object]], expected: bool) -> None:
    context = {
        "s3:prefix": "events/",
        "aws:securetransport": "true",
        "s3:max-keys": "100",
        "aws:sourceip": "127.0.0.1",
        "aws:currenttime": "2026-11-22T21:00:00+00:00",
        "tags": ["a", "b"],
    }
    assert are_met(conditions, context) is expected


def test_unknown_condition_operator_is_an_error_and_never_an_allow() -> None:
    with pytest.raises(ValueError, match="StringAlmost"):
        are_met({"StringAlmost": {"a": "b"}}, {"a": "b"})


def test_boundary_and_session_policy_can_only_take_away() -> None:
    everything, other = policy(allow(["*"], ["*"])), policy(allow(["ssm:*"], ["*"]))
    assert is_allowed(Policies([everything], boundary=everything, session=everything), READ)
    assert not is_allowed(Policies([everything], boundary=other), READ)
    assert not is_allowed(Policies([everything], session=other), READ)
    assert not is_allowed(Policies([], boundary=everything), READ)


def test_bucket_policy_can_allow_a_role_that_has_no_policy_of_its_own() -> None:
    named = {**allow(["s3:GetObject"], ["arn:aws:s3:::raw/*"]), "Principal": {"AWS": ROLE}}
    request = Request(READ.action, READ.resource, arns=frozenset({ROLE}))
    assert is_allowed(Policies([], resource=policy(named)), request)
    assert not is_allowed(Policies([], resource=policy(named)), READ)


@pytest.mark.parametrize(
    ("principal", "identity", "expected"),
    [
        ({"AWS": "arn:aws:iam::123456789012:user/ann"}, [], True),
        ({"AWS": "123456789012"}, [], False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, [policy(allow(["sts:AssumeRole"], [ROLE]))], True),
        ({"Service": "lambda.amazonaws.com"}, [policy(allow(["*"], ["*"]))], False),
        ({"AWS": "arn:aws:iam::123456789012:user/bob"}, [policy(allow(["*"], ["*"]))], False),
    ],
)
def test_role_is_assumed_only_by_whom_it_trusts(
    principal: dict[str, str], identity: list[str], expected: bool
) -> None:
    trusted = json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]}
    )
    assert is_allowed(Policies(identity, resource=trusted), ASSUME) is expected


@given(st.text(alphabet="abc*?[](.", max_size=12))
def test_text_without_wildcards_matches_only_itself(text: str) -> None:
    plain = text.replace("*", "x").replace("?", "y")
    assert is_like(plain, plain)
    assert not is_like(plain, plain + "z")


@given(st.lists(st.sampled_from(["a", "b", "*", "?"]), max_size=6), st.text(alphabet="ab", max_size=8))
def test_wildcards_match_as_the_recursive_definition_says(pattern: list[str], value: str) -> None:
    def matches(rest: list[str], text: str) -> bool:
        if not rest:
            return not text
        if rest[0] == "*":
            return matches(rest[1:], text) or (bool(text) and matches(rest, text[1:]))
        return bool(text) and rest[0] in ("?", text[0]) and matches(rest[1:], text[1:])

    assert is_like("".join(pattern), value) is matches(pattern, value)


@given(st.lists(st.sampled_from(["Allow", "Deny"]), max_size=5))
def test_order_of_statements_never_matters(effects: list[str]) -> None:
    statements = [{**allow(["*"], ["*"]), "Effect": effect} for effect in effects]
    expected = "Deny" if "Deny" in effects else "Allow" if effects else None
    assert evaluate([policy(*statements)], READ) == expected
    assert evaluate([policy(statement) for statement in reversed(statements)], READ) == expected
