"""What others need to know of the stack: names and addresses, read from AWS."""

from __future__ import annotations

from collections.abc import Sequence

from provision.aws import Account, Aws
from provision.errors import TerminalError
from provision.resource import Resource
from provision.resources import (
    AmplifyApp,
    AmplifyBranch,
    Api,
    AthenaWorkgroup,
    Bucket,
    Dashboard,
    Distribution,
    Function,
    GlueDatabase,
    Host,
    LogGroup,
    Queue,
    Schedule,
    SecurityGroup,
    Subnet,
    Topic,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
    Volume,
    Vpc,
)
from provision.settings import Settings

HOSTS = ("oltp", "warehouse", "dashboards")
BUCKETS = ("media", "raw", "processed", "artifacts", "backups", "transfer")
# key in the output → the sort of thing and the last part of its name
NAMES: dict[str, tuple[type[Resource], str]] = {
    "ingest_function": (Function, "ingest"),
    "etl_function": (Function, "etl"),
    "shop_function": (Function, "shop"),
    "etl_schedule": (Schedule, "etl"),
    "reconcile_schedule": (Schedule, "reconcile"),
    "ingest_log_group": (LogGroup, "ingest"),
    "etl_log_group": (LogGroup, "etl"),
    "shop_log_group": (LogGroup, "shop"),
    "api_log_group": (LogGroup, "api"),
    "flow_log_group": (LogGroup, "flow-logs"),
    "athena_workgroup": (AthenaWorkgroup, "analysts"),
    **{f"{bucket}_bucket": (Bucket, bucket) for bucket in BUCKETS},
    "access_logs_bucket": (Bucket, "access-logs"),
}
IDS: dict[str, tuple[type[Resource], str]] = {
    "vpc_id": (Vpc, "vpc"),
    "oltp_subnet_id": (Subnet, "oltp"),
    "analytics_subnet_id": (Subnet, "analytics"),
    "oltp_security_group_id": (SecurityGroup, "oltp"),
    "warehouse_security_group_id": (SecurityGroup, "warehouse"),
    "dashboards_security_group_id": (SecurityGroup, "dashboards"),
    "etl_security_group_id": (SecurityGroup, "etl"),
    "shop_security_group_id": (SecurityGroup, "shop"),
    "etl_dead_letters_url": (Queue, "etl-dead-letters"),
    "api_id": (Api, "api"),
    "amplify_app_id": (AmplifyApp, "storefront"),
    "amplify_branch": (AmplifyBranch, "storefront"),
    "distribution_id": (Distribution, "storefront"),
    "user_pool_id": (UserPool, "people"),
    **{f"{host}_instance_id": (Host, host) for host in HOSTS},
    "oltp_data_volume_id": (Volume, "oltp-data"),
    "warehouse_data_volume_id": (Volume, "warehouse-data"),
    "user_pool_client_id": (UserPoolClient, "storefront"),
    "alarms_topic_arn": (Topic, "alarms"),
}


def read_outputs(stack: Sequence[Resource], settings: Settings, account: Account, aws: Aws) -> dict[str, str]:
    """The outputs by key; raises when something of the stack is not live."""
    missing = [f"{resource.kind} {resource.name}" for resource in stack if resource.read(aws) is None]
    if missing:
        raise TerminalError(
            f"The stack must be applied before it has outputs; {len(missing)} of its {len(stack)} parts are "
            f"missing, first {missing[0]}. Run: python -m provision apply"
        )
    names = {key: _find(stack, settings, *wanted).name for key, wanted in NAMES.items()}
    ids = {key: _find(stack, settings, *wanted).id for key, wanted in IDS.items()}
    api_url = f"https://{ids['api_id']}.execute-api.{account.region}.amazonaws.com"
    domain = next(resource.name for resource in stack if isinstance(resource, UserPoolDomain))
    shop = next(resource for resource in stack if isinstance(resource, Distribution))
    schedule_group = next(resource.group.name for resource in stack if isinstance(resource, Schedule))
    return {
        "account_id": account.id,
        "region": account.region,
        **names,
        **ids,
        **_addresses(stack),
        "api_url": api_url,
        "storefront_url": shop.origin,
        "storefront_dns_target": shop.domain,
        "amplify_url": f"https://{shop.pages.host}",
        "sign_in_url": f"https://{domain}.auth.{account.region}.amazoncognito.com",
        "etl_schedule_group": schedule_group,
        "glue_database": next(resource.name for resource in stack if isinstance(resource, GlueDatabase)),
        "dashboard_url": next(part.address for part in stack if isinstance(part, Dashboard)),
    }


def as_lines(outputs: dict[str, str]) -> str:
    """The outputs for people, one a line, the values below each other."""
    width = max(map(len, outputs))
    return "\n".join(f"{key:{width}}  {value}" for key, value in sorted(outputs.items()))


def _addresses(stack: Sequence[Resource]) -> dict[str, str]:
    """Where each host is reached from inside."""
    hosts = [part for part in stack if isinstance(part, Host)]
    return {f"{host.role_tag}_private_address": host.private_address for host in hosts}


def _find(stack: Sequence[Resource], settings: Settings, type_: type[Resource], what: str) -> Resource:
    ending = f"{settings.project}-{settings.environment}-{what}"
    return next(
        resource
        for resource in stack
        if isinstance(resource, type_) and resource.name.rpartition("/")[2].startswith(ending)
    )
