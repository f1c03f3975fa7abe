"""The functions of the stack: code, role and log of each, the version that callers call, and the clock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from provision import secret_keys
from provision.aws import Account
from provision.function_zip import FunctionZip
from provision.identity import identify
from provision.logs import log_group, log_group_arn
from provision.network import Network
from provision.policies import functions as policies
from provision.resource import Resource
from provision.resources import (
    AsynchronousCalls,
    Function,
    FunctionAlias,
    Queue,
    Role,
    Schedule,
    ScheduleGroup,
)
from provision.resources.function_alias import ALIAS
from provision.routes import SHOP_ROUTES
from provision.settings import Settings
from provision.storage import Buckets
from provision.user_data import RELEASE_KEY

if TYPE_CHECKING:
    from mypy_boto3_lambda.literals import ArchitectureType

SHOP_CHECK_SCHEDULE = "rate(5 minutes)"  # as often as the alarms on it look


@dataclass(frozen=True)
class Ground:
    """What functions are made from and stand on."""

    settings: Settings
    account: Account
    zips: Mapping[str, FunctionZip]
    buckets: Buckets
    network: Network


@dataclass(frozen=True)
class LiveFunction:
    """A function and what callers call: a published version that can be rolled back, by its alias."""

    function: Function
    live: FunctionAlias

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The function after its log; its role is made before the network.

        Lambda takes its interfaces out of the VPC in the role's name, tens of minutes after the function is
        gone: what is made before the subnets goes after them.
        https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
        """
        return (self.function.log_group, self.function, self.live)


def ingest_function(ground: Ground) -> LiveFunction:
    """Ingest, outside the VPC: it speaks with S3 and nobody else."""
    settings, account, buckets = ground.settings, ground.account, ground.buckets
    log = log_group(settings, "/aws/lambda", "ingest")
    role = Role(
        identity=identify(settings, "ingest"),
        trust=policies.function_trust(account),
        policy=policies.ingest_policy(buckets.raw.planned_arn, log_group_arn(account, log)),
    )
    function = Function(
        identity=identify(settings, "ingest"),
        code=ground.zips["ingest"],
        artifacts=buckets.artifacts,
        handler="ingest.handler.handler",
        architecture=_architecture(settings),
        role=role,
        log_group=log,
        memory_mb=settings.ingest_memory_mb,
        timeout_seconds=settings.ingest_timeout_seconds,
        environment={
            "RAW_BUCKET": buckets.raw.name,
            "SOURCE_IP_MODE": settings.ingest_source_ip_mode,
            "COUNTRY_HEADER": settings.ingest_country_header,
            **_privacy(settings),
        },
        most_at_once=settings.ingest_most_at_once,
    )
    return LiveFunction(function, _live(settings, function))


def etl_function(ground: Ground, dead_letters: Queue) -> LiveFunction:
    """The ETL, in the analytics subnet: raw in, processed and warehouse out."""
    settings, account, buckets = ground.settings, ground.account, ground.buckets
    log = log_group(settings, "/aws/lambda", "etl")
    arns = policies.EtlArns(
        raw=buckets.raw.planned_arn,
        processed=buckets.processed.planned_arn,
        loader_secret=f"{buckets.artifacts.planned_arn}/{secret_keys.WAREHOUSE_LOADER}",
        log_group=log_group_arn(account, log),
        function=account.arn("lambda", f"function:{identify(settings, 'etl').name}"),
        dead_letters=account.arn("sqs", dead_letters.name),
    )
    role = Role(
        identity=identify(settings, "etl"),
        trust=policies.function_trust(account),
        policy=policies.etl_policy(arns),
    )
    function = Function(
        identity=identify(settings, "etl"),
        code=ground.zips["etl"],
        artifacts=buckets.artifacts,
        handler="etl.handler.handler",
        architecture=_architecture(settings),
        role=role,
        log_group=log,
        memory_mb=settings.etl_memory_mb,
        timeout_seconds=settings.etl_timeout_seconds,
        environment={
            "RAW_BUCKET": buckets.raw.name,
            "PROCESSED_BUCKET": buckets.processed.name,
            "ARTIFACTS_BUCKET": buckets.artifacts.name,
            "WAREHOUSE_SECRET_KEY": secret_keys.WAREHOUSE_LOADER,
            "PACKAGES_RELEASE_KEY": RELEASE_KEY,
            **_reading(settings),
        },
        subnets=(ground.network.analytics_subnet,),
        security_groups=(ground.network.groups["etl"],),
        most_at_once=settings.etl_most_at_once,
    )
    return LiveFunction(function, _live(settings, function))


def shop_function(ground: Ground) -> LiveFunction:
    """The shop, in the OLTP subnet. Its callers wait: what fails is said to them, and no queue keeps it."""
    settings, account, artifacts = ground.settings, ground.account, ground.buckets.artifacts
    identity, log = identify(settings, "shop"), log_group(settings, "/aws/lambda", "shop")
    policy = policies.shop_policy(
        f"{artifacts.planned_arn}/{secret_keys.SHOP}",
        log_group_arn(account, log),
        account.arn("lambda", f"function:{identity.name}"),
    )
    function = Function(
        identity=identity,
        code=ground.zips["shop"],
        artifacts=artifacts,
        handler="shop.handler.handler",
        architecture=_architecture(settings),
        role=Role(identity=identity, trust=policies.function_trust(account), policy=policy),
        log_group=log,
        memory_mb=settings.shop_memory_mb,
        timeout_seconds=settings.shop_timeout_seconds,
        environment={"ARTIFACTS_BUCKET": artifacts.name, "SHOP_SECRET_KEY": secret_keys.SHOP},
        subnets=(ground.network.oltp_subnet,),
        security_groups=(ground.network.groups["shop"],),
        most_at_once=settings.shop_most_at_once,
    )
    return LiveFunction(function, _live(settings, function))


def dead_letter_queue(settings: Settings) -> Queue:
    """Where a run that could not be started, or failed, waits for a person."""
    return Queue(
        identity=identify(settings, "etl-dead-letters"), retention_days=settings.dead_letter_retention_days
    )


def clock(
    settings: Settings, account: Account, etl: LiveFunction, shop: LiveFunction, dead_letters: Queue
) -> list[Resource]:
    """What starts the ETL, what becomes of runs that fail, and who asks how the shop's database is."""
    group = ScheduleGroup(identity=identify(settings, "schedules"))
    called = [f"{account.arn('lambda', f'function:{one.function.name}')}:{ALIAS}" for one in (etl, shop)]
    role = Role(
        identity=identify(settings, "scheduler"),
        trust=policies.scheduler_trust(account, group.name),
        policy=policies.scheduler_policy(called, account.arn("sqs", dead_letters.name)),
    )
    calls = AsynchronousCalls(identity=identify(settings, "etl"), function=etl.live, on_failure=dead_letters)
    schedule = Schedule(
        identity=identify(settings, "etl"),
        group=group,
        expression=settings.etl_schedule,
        function=etl.live,
        role=role,
        dead_letters=dead_letters,
        retries=settings.etl_schedule_retries,
    )
    return [group, role, calls, schedule, _shop_check(settings, group, shop, role)]


def _shop_check(settings: Settings, group: ScheduleGroup, shop: LiveFunction, role: Role) -> Schedule:
    """Someone asks how the shop's database is, also when nobody shops: alarms need an answer at all times.

    What the function gets is the part of a health request that it reads. A check that fails is not repeated:
    the next one comes before an alarm would ring.
    """
    return Schedule(
        identity=identify(settings, "shop-check"),
        group=group,
        expression=SHOP_CHECK_SCHEDULE,
        function=shop.live,
        role=role,
        dead_letters=None,
        retries=0,
        input=json.dumps({"routeKey": SHOP_ROUTES["shop-health"]}),
    )


def _privacy(settings: Settings) -> dict[str, str]:
    """Ingest and the ETL take the same out of addresses (lambda_src/contract/privacy.py)."""
    return {
        "REDACT_EMAILS": str(settings.redact_emails).lower(),
        "PRIVATE_PARAMETERS": ",".join(settings.private_parameters),
    }


def _reading(settings: Settings) -> dict[str, str]:
    """How far back the ETL reads, and by which rules (lambda_src/etl/rules.py)."""
    return {
        "LOOKBACK_DAYS": str(settings.etl_lookback_days),
        "REPORTING_CURRENCY": settings.reporting_currency,
        **_privacy(settings),
    }


def _architecture(settings: Settings) -> ArchitectureType:
    return cast("ArchitectureType", settings.function_architecture)


def _live(settings: Settings, function: Function) -> FunctionAlias:
    return FunctionAlias(
        identity=function.identity, function=function, versions_kept=settings.function_versions_kept
    )
