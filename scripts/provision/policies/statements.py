"""What all policies are made of."""

from __future__ import annotations

from provision.normal_form import PolicyDocument

VERSION = "2012-10-17"


def document(statements: list[PolicyDocument]) -> PolicyDocument:
    """The statements as a policy."""
    return {"Version": VERSION, "Statement": statements}


def allow(
    sid: str,
    action: str | list[str],
    resource: str | list[str] | None = None,
    *,
    principal: str | dict[str, str] | None = None,
) -> PolicyDocument:
    """A statement that allows; with a principal it is one of a resource's own policy."""
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return {key: value for key, value in statement.items() if value is not None}


def write_log(log_group_arn: str) -> PolicyDocument:
    """The group exists before the function, so nobody needs the right to create groups."""
    return allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*")
