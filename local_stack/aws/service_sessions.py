"""Gives AWS services, as far as they run here, temporary credentials of the roles that trust them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from moto.sts.models import sts_backends

from local_stack.aws import iam_engine
from local_stack.aws.identity import trust_of
from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID


class RoleNotAssumableError(Exception):
    """The role does not exist or does not trust the service; AWS's own words for it."""


@dataclass(frozen=True)
class ServiceSession:
    """Temporary credentials of a role; `expires_at` is Unix time."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: float

    def environment(self) -> dict[str, str]:
        """Return the credentials as AWS SDKs read them."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_SESSION_TOKEN": self.session_token,
        }


def assume_as_lambda(
    region: str, role_arn: str, function_name: str, function_arn: str, seconds: int
) -> ServiceSession:
    """Return a session of the function's role, if its trust policy lets Lambda assume it."""
    if not _trusts(role_arn, "lambda.amazonaws.com", function_arn):
        raise RoleNotAssumableError("The role defined for the function cannot be assumed by Lambda.")
    return _session(region, role_arn, function_name, seconds)


def assume_as_ec2(region: str, role_arn: str, instance_id: str, seconds: int) -> ServiceSession:
    """Return a session of the role of a host's profile, if its trust policy lets EC2 assume it."""
    if not _trusts(
        role_arn, "ec2.amazonaws.com", f"arn:aws:ec2:{region}:{ACCOUNT_ID}:instance/{instance_id}"
    ):
        raise RoleNotAssumableError("EC2 cannot assume the role of the instance profile.")
    return _session(region, role_arn, instance_id, seconds)


def _trusts(role_arn: str, service: str, source_arn: str) -> bool:
    request = iam_engine.Request(
        action="sts:AssumeRole",
        resource=role_arn,
        context={
            "aws:sourceaccount": ACCOUNT_ID,
            "aws:sourcearn": source_arn,
            "aws:securetransport": "true",
        },
        services=frozenset({service}),
    )
    trust = trust_of(role_arn)
    return trust is not None and iam_engine.evaluate([trust], request, is_resource_policy=True) == "Allow"


def _session(region: str, role_arn: str, name: str, seconds: int) -> ServiceSession:
    backend: Moto = sts_backends[ACCOUNT_ID]["aws"]
    session = backend.assume_role(
        region_name=region,
        role_session_name=name,
        role_arn=role_arn,
        policy=None,
        duration=seconds,
        external_id=None,
    )
    _forget_expired(backend)
    return ServiceSession(
        session.access_key_id,
        session.secret_access_key,
        session.session_token,
        session.expiration.replace(tzinfo=UTC).timestamp(),
    )


def _forget_expired(backend: Moto) -> None:
    """Drop ended sessions: moto keeps every one, and looks through all of them at every request."""
    now = datetime.now(UTC)
    backend.assumed_roles[:] = [
        session for session in backend.assumed_roles if session.expiration.replace(tzinfo=UTC) > now
    ]
