"""Spark for more than one process can do: an EMR Serverless application that costs nothing while it idles.

There only where `platform_spark_enabled` says so. `scripts/run_spark.py` starts a job on it.
"""

from __future__ import annotations

from provision import secret_keys
from provision.aws import Account
from provision.identity import identify
from provision.network import Network
from provision.policies import spark as policies
from provision.resource import Resource
from provision.resources.role import Role
from provision.resources.spark_application import SparkApplication
from provision.settings import Settings
from provision.storage import LOGS_PREFIX, Buckets

EXECUTOR_CORES = 4
# EMR Serverless gives a worker at most 7.5 GB for each of its cores.
_GB_PER_VCPU = 4
__all__ = ["EXECUTOR_CORES", "LOGS_PREFIX", "build_spark"]


def build_spark(settings: Settings, account: Account, network: Network, buckets: Buckets) -> list[Resource]:
    """The role that jobs take on, and the application, in the ETL's subnet."""
    if not settings.spark_enabled:
        return []
    identity = identify(settings, "spark")
    arns = policies.SparkArns(
        raw=buckets.raw.planned_arn,
        processed=buckets.processed.planned_arn,
        artifacts=buckets.artifacts.planned_arn,
        loader_secret=f"{buckets.artifacts.planned_arn}/{secret_keys.WAREHOUSE_LOADER}",
        logs_prefix=LOGS_PREFIX,
    )
    role = Role(identity=identity, trust=policies.spark_trust(account), policy=policies.spark_policy(arns))
    application = SparkApplication(
        identity=identity,
        release=settings.spark_release,
        architecture=settings.function_architecture,
        most_vcpus=settings.spark_most_vcpus,
        most_memory_gb=settings.spark_most_vcpus * _GB_PER_VCPU,
        subnets=(network.analytics_subnet,),
        security_groups=(network.groups["spark"],),
    )
    return [role, application]
