"""Every AWS thing of the platform, in the order in which it is made. Read it as the architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from provision import policies
from provision.aws import Account
from provision.function_zip import FunctionZip
from provision.identity import Identity, identify
from provision.network import build_network
from provision.public_layer import public_layer
from provision.resource import Resource
from provision.resources import (
    AsynchronousCalls,
    Bucket,
    Function,
    FunctionAlias,
    LogGroup,
    Queue,
    Role,
    Schedule,
    ScheduleGroup,
)
from provision.resources.bucket import NO_LIFECYCLE, Lifecycle
from provision.resources.function_alias import ALIAS
from provision.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_lambda.literals import ArchitectureType

LOADER_SECRET_KEY = "secrets/warehouse-loader.json"  # noqa: S105 - where the secret lies, not the secret


def build_stack(settings: Settings, account: Account, zips: Mapping[str, FunctionZip]) -> list[Resource]:
    """All resources in order: whatever one refers to stands before it."""

    def named(what: str) -> Identity:
        return identify(settings, what)

    def bucket(
        what: str, *, keep: bool, is_versioned: bool = False, lifecycle: Lifecycle = NO_LIFECYCLE
    ) -> Bucket:
        identity = identify(settings, what, suffix=account.id)
        return Bucket(
            identity=identity,
            keep=keep,
            policy=policies.tls_only_policy(f"arn:aws:s3:::{identity.name}"),
            is_versioned=is_versioned,
            abort_multipart_days=settings.abort_multipart_days,
            lifecycle=lifecycle,
        )

    def log_group(path: str, what: str) -> LogGroup:
        identity = named(what)
        return LogGroup(
            identity=Identity(f"{path}/{identity.name}", identity.tags),
            retention_days=settings.log_retention_days,
        )

    def arn(service: str, what: str) -> str:
        return f"arn:aws:{service}:{account.region}:{account.id}:{what}"

    def log_group_arn(group: LogGroup) -> str:
        return arn("logs", f"log-group:{group.name}")

    architecture = cast("ArchitectureType", settings.function_architecture)

    # Buckets: raw is the truth, processed can be rebuilt from it, artifacts from this repository; backups
    # keep overwritten and deleted objects for a while.
    raw_lifecycle = Lifecycle(settings.raw_infrequent_access_days, settings.raw_expire_days)
    media = bucket("media", keep=True)
    raw = bucket("raw", keep=True, lifecycle=raw_lifecycle)
    processed = bucket("processed", keep=True)
    artifacts = bucket(
        "artifacts",
        keep=False,
        is_versioned=True,
        lifecycle=Lifecycle(old_versions_days=settings.artifacts_old_versions_days),
    )
    backups = bucket(
        "backups",
        keep=True,
        is_versioned=True,
        lifecycle=Lifecycle(old_versions_days=settings.backups_old_versions_days),
    )

    # Network: two private subnets, S3 as the only way out, and who may talk with whom.
    network = build_network(settings, account, reachable=(raw, processed, artifacts, backups))

    # Logs, made before whoever writes to them.
    ingest_log = log_group("/aws/lambda", "ingest")
    etl_log = log_group("/aws/lambda", "etl")
    api_log = log_group("/aws/apigateway", "api")

    # Where a run that could not be started, or failed, waits for a person.
    dead_letters = Queue(
        identity=named("etl-dead-letters"), retention_days=settings.dead_letter_retention_days
    )

    # Identity: one role per function and schedule, each with only its own permissions.
    schedule_group = ScheduleGroup(identity=named("schedules"))
    etl_function_arn = arn("lambda", f"function:{named('etl').name}")
    ingest_role = Role(
        identity=named("ingest"),
        trust=policies.function_trust(),
        policy=policies.ingest_policy(raw.planned_arn, log_group_arn(ingest_log)),
    )
    etl_role = Role(
        identity=named("etl"),
        trust=policies.function_trust(),
        policy=policies.etl_policy(
            policies.EtlArns(
                raw=raw.planned_arn,
                processed=processed.planned_arn,
                loader_secret=f"{artifacts.planned_arn}/{LOADER_SECRET_KEY}",
                log_group=log_group_arn(etl_log),
                function=etl_function_arn,
                dead_letters=arn("sqs", dead_letters.name),
            )
        ),
    )
    scheduler_role = Role(
        identity=named("scheduler"),
        trust=policies.scheduler_trust(account, schedule_group.name),
        policy=policies.scheduler_policy(f"{etl_function_arn}:{ALIAS}", arn("sqs", dead_letters.name)),
    )

    # Functions.
    ingest = Function(
        identity=named("ingest"),
        code=zips["ingest"],
        artifacts=artifacts,
        handler="ingest.handler.handler",
        architecture=architecture,
        role=ingest_role,
        log_group=ingest_log,
        memory_mb=settings.ingest_memory_mb,
        timeout_seconds=settings.ingest_timeout_seconds,
        environment={"RAW_BUCKET": raw.name, "SOURCE_IP_MODE": settings.ingest_source_ip_mode},
        most_at_once=settings.ingest_most_at_once,
    )
    etl = Function(
        identity=named("etl"),
        code=zips["etl"],
        artifacts=artifacts,
        handler="etl.handler.handler",
        architecture=architecture,
        role=etl_role,
        log_group=etl_log,
        memory_mb=settings.etl_memory_mb,
        timeout_seconds=settings.etl_timeout_seconds,
        environment={
            "RAW_BUCKET": raw.name,
            "PROCESSED_BUCKET": processed.name,
            "ARTIFACTS_BUCKET": artifacts.name,
            "WAREHOUSE_SECRET_KEY": LOADER_SECRET_KEY,
            "LOOKBACK_DAYS": str(settings.etl_lookback_days),
        },
        subnets=(network.analytics_subnet,),
        security_groups=(network.groups["etl"],),
        most_at_once=settings.etl_most_at_once,
    )

    # What callers call: a published version that can be rolled back, by its alias.
    kept = settings.function_versions_kept
    live_ingest = FunctionAlias(identity=named("ingest"), function=ingest, versions_kept=kept)
    live_etl = FunctionAlias(identity=named("etl"), function=etl, versions_kept=kept)
    etl_calls = AsynchronousCalls(identity=named("etl"), function=live_etl, on_failure=dead_letters)

    # The public layer: sign-in and the HTTP API, whose routes go to ingest.
    public = public_layer(settings, account, live_ingest, api_log)

    # The clock.
    etl_schedule = Schedule(
        identity=named("etl"),
        group=schedule_group,
        expression=settings.etl_schedule,
        function=live_etl,
        role=scheduler_role,
        dead_letters=dead_letters,
        retries=settings.etl_schedule_retries,
    )

    return [
        *(media, raw, processed, artifacts, backups),
        *network.resources,
        *(ingest_log, etl_log, api_log, dead_letters, schedule_group),
        *(ingest_role, etl_role, scheduler_role),
        *(ingest, etl, live_ingest, live_etl, etl_calls),
        *public,
        etl_schedule,
    ]
