"""What hosts may do: be reached, keep their own backups."""

from __future__ import annotations

from provision.normal_form import PolicyDocument
from provision.policies.network import AGENT_ACTIONS
from provision.policies.statements import allow, document


def host_trust() -> PolicyDocument:
    """Only EC2 may take on the role, for the instance that has its profile."""
    return document([allow("AssumedByEc2", "sts:AssumeRole", principal={"Service": "ec2.amazonaws.com"})])


def host_policy(host: str, backups_arn: str | None) -> PolicyDocument:
    """A host is reached by Session Manager, and keeps its own backups; secrets it is given by Ansible.

    Backups are overwritten and deleted as they grow old; old versions are out of the host's reach.
    """
    agent = sorted(action for actions in AGENT_ACTIONS.values() for action in actions)
    statements = [allow("SpeakAsAgent", agent, "*")]
    if backups_arn:
        listing = allow("ListOwnBackups", "s3:ListBucket", backups_arn)
        keeping = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
        statements += [
            {**listing, "Condition": {"StringLike": {"s3:prefix": f"{host}/*"}}},
            allow("KeepOwnBackups", keeping, f"{backups_arn}/{host}/*"),
        ]
    return document(statements)
