"""Finds who signed a request in moto's IAM and STS, and every policy that bears on them."""

from __future__ import annotations

from dataclasses import dataclass

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID

OPERATOR = "operator"
SERVICES = "aws-services"  # the identity with which our edge speaks for AWS services


@dataclass(frozen=True)
class Caller:
    """Who signed a request: an IAM user, or a session of a role."""

    arn: str
    arns: frozenset[str]
    identity_documents: tuple[str, ...]
    boundary: str | None = None
    session: str | None = None
    is_services: bool = False


def caller_of(access_key: Moto) -> Caller:
    """Return the caller behind moto's access key object, its policies as they are now."""
    documents = tuple(_document(policy) for policy in access_key.collect_policies())
    role_name = getattr(access_key, "_owner_role_name", None)
    if role_name is not None:
        return _role_session(access_key, role_name, documents)
    name = access_key._owner_user_name
    user = iam_backends[ACCOUNT_ID]["aws"].get_user(name)
    boundary = getattr(user, "permissions_boundary", None)
    return Caller(
        arn=access_key.arn,
        arns=frozenset({access_key.arn}),
        identity_documents=documents,
        boundary=_boundary(boundary),
        is_services=name == SERVICES,
    )


def role_documents(role_name: str) -> tuple[str, ...]:
    """Return the identity policies of a role, inline ones first."""
    backend = iam_backends[ACCOUNT_ID]["aws"]
    inline = [backend.get_role_policy(role_name, name)[1] for name in backend.list_role_policies(role_name)]
    attached, _ = backend.list_attached_role_policies(role_name)
    return tuple(_document(policy) for policy in [*inline, *attached])


def trust_of(role_arn: str) -> str | None:
    """Return a role's trust policy; None when there is no such role."""
    for role in iam_backends[ACCOUNT_ID]["aws"].roles.values():
        if role.arn == role_arn:
            return str(role.assume_role_policy_document)
    return None


def _role_session(access_key: Moto, role_name: str, documents: tuple[str, ...]) -> Caller:
    role = iam_backends[ACCOUNT_ID]["aws"].get_role(role_name)
    session = sts_backends[ACCOUNT_ID]["aws"].get_assumed_role_from_access_key(access_key._access_key_id)
    return Caller(
        arn=access_key.arn,
        arns=frozenset({access_key.arn, role.arn}),
        identity_documents=documents,
        boundary=_boundary(role.permissions_boundary),
        session=(session.policy or None) if session else None,
    )


def _document(policy: Moto) -> str:
    """Return the text of a policy in any of the three shapes in which moto hands policies out."""
    if isinstance(policy, str):
        return policy
    if isinstance(policy, dict):
        return str(policy["policy_document"])
    return str(next(version.document for version in policy.versions if version.is_default))


def _boundary(setting: Moto) -> str | None:
    arn = setting.get("PermissionsBoundaryArn") if isinstance(setting, dict) else setting
    return _document(iam_backends[ACCOUNT_ID]["aws"].get_policy(arn)) if arn else None
