"""What EC2 knows of a host that asks by its address, and the credentials that it hands to it.

The metadata service of the hosts asks here. A host's session is named after its instance, as EC2 names it.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

from moto.iam.models import iam_backends

from local_stack.aws import service_sessions
from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID

SESSION_SECONDS = 3600
RENEWED_BEFORE_SECONDS = 600.0
_sessions: dict[str, service_sessions.ServiceSession] = {}


def describe(instance: Moto, region: str) -> dict[str, Any]:
    """Return what the metadata service tells the host."""
    found = {
        "account": ACCOUNT_ID,
        "address": instance.private_ip,
        "architecture": instance.architecture,
        "id": instance.id,
        "image": instance.image_id,
        "name": instance.private_dns_name,
        "region": region,
        "type": instance.instance_type,
        "user_data": base64.b64decode(instance.user_data or "").decode(),
        "zone": instance._placement.zone,
    }
    role = _role_of(instance)
    if role is not None:
        found |= {"role": role.name, "credentials": _credentials(region, instance.id, role.arn)}
    return found


def _role_of(instance: Moto) -> Moto | None:
    arn = (instance.iam_instance_profile or {}).get("Arn")
    for profile in iam_backends[ACCOUNT_ID]["aws"].instance_profiles.values():
        if profile.arn == arn and profile.roles:
            return profile.roles[0]
    return None


def _credentials(region: str, instance_id: str, role_arn: str) -> dict[str, str]:
    """Return the session of the instance, in the metadata service's words; a new one before the old one ends."""
    key = f"{instance_id} {role_arn}"
    session = _sessions.get(key)
    now = datetime.now(UTC)
    if session is None or session.expires_at - now.timestamp() < RENEWED_BEFORE_SECONDS:
        try:
            session = service_sessions.assume_as_ec2(region, role_arn, instance_id, SESSION_SECONDS)
        except service_sessions.RoleNotAssumableError as error:
            return {"Code": "AssumeRoleUnauthorizedAccess", "Message": str(error)}
        _sessions[key] = session
    return {
        "Code": "Success",
        "LastUpdated": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "Type": "AWS-HMAC",
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "Token": session.session_token,
        "Expiration": f"{datetime.fromtimestamp(session.expires_at, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }
