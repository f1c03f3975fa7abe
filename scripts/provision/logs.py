"""Log groups: every part of the stack that writes lines has one, kept for the same time."""

from __future__ import annotations

from provision.aws import Account
from provision.identity import Identity, identify
from provision.resources import LogGroup
from provision.settings import Settings


def log_group(settings: Settings, path: str, what: str) -> LogGroup:
    """The log of `what`, whose service writes below `path`."""
    identity = identify(settings, what)
    return LogGroup(
        identity=Identity(f"{path}/{identity.name}", identity.tags),
        retention_days=settings.log_retention_days,
    )


def log_group_arn(account: Account, log: LogGroup) -> str:
    """The ARN that the group has or will have."""
    return account.arn("logs", f"log-group:{log.name}")
