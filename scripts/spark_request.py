"""What EMR Serverless is asked: the live ETL function's zip and settings, on so many cores. Makes no job.

The function's zip is what executors run: it is unpacked beside each (`spark.archives`), and the Python of the
release is the one that the zip was made for. So a job runs what the live function runs, and nothing else has
to be built, kept or uploaded but the two lines that start it.
"""

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locked_wheels import PYTHON_VERSION
from provision.errors import TerminalError
from provision.identity import identify
from provision.resources.function_alias import ALIAS
from provision.settings import Settings
from provision.spark import EXECUTOR_CORES, LOGS_PREFIX

ENTRY = Path(__file__).with_name("spark_entry.py")
# The folder that the zip is unpacked into, beside the driver and each executor.
_UNPACKED = "environment"
# https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-spark800-release.html
_PYTHON = f"/usr/bin/python{PYTHON_VERSION}"
# What the driver reads of the function's settings (lambda_src/etl/spark/driver.py, etl/rules.py).
_VARIABLES = (
    "RAW_BUCKET", "PROCESSED_BUCKET", "ARTIFACTS_BUCKET", "WAREHOUSE_SECRET_KEY", "REPORTING_CURRENCY",
    "REDACT_EMAILS", "PRIVATE_PARAMETERS",
)  # fmt: skip
_MOST_MINUTES = 12 * 60
ENDED = {"SUCCESS", "FAILED", "CANCELLED"}


@dataclass(frozen=True)
class LiveFunction:
    """The ETL function as it is called: its settings, and where its zip lies."""

    environment: dict[str, str]
    zip_key: str


@dataclass(frozen=True)
class Target:
    """Where a job runs, and the object that starts it."""

    application_id: str
    account_id: str
    entry: str


def spark_application(client: Any, settings: Settings) -> str:  # noqa: ANN401 - no stubs are installed
    """Return the id of the environment's Spark application; raises `TerminalError` if there is none."""
    name = identify(settings, "spark").name
    pages = client.get_paginator("list_applications").paginate()
    found = [one["id"] for page in pages for one in page["applications"] if _is_live(one, name)]
    if len(found) != 1:
        raise TerminalError(
            f"there must be one Spark application {name}, found {len(found)}: set platform_spark_enabled to"
            " true, then: python -m provision apply"
        )
    return str(found[0])


def _is_live(application: dict[str, Any], name: str) -> bool:
    return bool(application["name"] == name and application["state"] != "TERMINATED")


def live_function(client: Any, settings: Settings) -> LiveFunction:  # noqa: ANN401 - see above
    """Return the live version of the ETL function."""
    name = identify(settings, "etl").name
    found = client.get_function(FunctionName=name, Qualifier=ALIAS)["Configuration"]
    digest = b64decode(found["CodeSha256"]).hex()
    return LiveFunction(found["Environment"]["Variables"], f"functions/etl/{digest}.zip")


def published_entry(client: Any, artifacts_bucket: str) -> str:  # noqa: ANN401 - see above
    """Put the lines that start the job into the artifacts bucket, under a key of their content."""
    body = ENTRY.read_bytes()
    key = f"functions/spark/{hashlib.sha256(body).hexdigest()}.py"
    client.put_object(Bucket=artifacts_bucket, Key=key, Body=body)
    return f"s3://{artifacts_bucket}/{key}"


def job_request(
    settings: Settings, target: Target, function: LiveFunction, dates: list[str]
) -> dict[str, Any]:
    """Return what `StartJobRun` takes."""
    identity, given = identify(settings, "spark"), function.environment
    return {
        "applicationId": target.application_id,
        "executionRoleArn": f"arn:aws:iam::{target.account_id}:role/{identity.name}",
        "name": " ".join(["etl", *dates]),
        "executionTimeoutMinutes": _MOST_MINUTES,
        "tags": identity.tags,
        "jobDriver": {"sparkSubmit": {"entryPoint": target.entry, "entryPointArguments": dates}},
        "configurationOverrides": {
            "applicationConfiguration": [
                {"classification": "spark-defaults", "properties": _properties(settings, function)}
            ],
            "monitoringConfiguration": {
                # in our own bucket: AWS's own storage of logs would be another way out of the subnet
                "s3MonitoringConfiguration": {"logUri": f"s3://{given['PROCESSED_BUCKET']}/{LOGS_PREFIX}"},
                "managedPersistenceMonitoringConfiguration": {"enabled": False},
            },
        },
    }


def _properties(settings: Settings, function: LiveFunction) -> dict[str, str]:
    """Spark's settings: Python's memory is beside the JVM's, which only hands out and sorts."""
    archive = f"s3://{function.environment['ARTIFACTS_BUCKET']}/{function.zip_key}#{_UNPACKED}"
    variables = {name: function.environment[name] for name in _VARIABLES if name in function.environment}
    of_python = {"PYSPARK_PYTHON": _PYTHON, "PYTHONPATH": f"./{_UNPACKED}", "AWS_REGION": settings.region}
    driver = {**of_python, **variables, "PYSPARK_DRIVER_PYTHON": _PYTHON}
    executors = max(1, (settings.spark_most_vcpus - EXECUTOR_CORES) // EXECUTOR_CORES)
    return {
        "spark.archives": archive,
        **{f"spark.emr-serverless.driverEnv.{name}": value for name, value in driver.items()},
        **{f"spark.executorEnv.{name}": value for name, value in of_python.items()},
        "spark.driver.cores": str(EXECUTOR_CORES),
        "spark.driver.memory": "8g",
        "spark.executor.cores": str(EXECUTOR_CORES),
        "spark.executor.memory": "6g",
        "spark.executor.memoryOverhead": "10g",
        "spark.dynamicAllocation.maxExecutors": str(executors),
    }
