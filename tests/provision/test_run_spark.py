"""What `scripts/run_spark.py` asks of EMR Serverless: the live function's zip and settings, and its end."""

from dataclasses import replace
from typing import Any

import pytest
import run_spark
from provision.aws import Account, Aws
from provision.errors import TerminalError
from provision.function_zip import FunctionZip
from provision.identity import identify
from provision.resource import Resource
from provision.resources import FunctionAlias, SecurityGroupRules, SparkApplication
from provision.settings import Settings
from provision.stack import build_stack
from spark_request import ENTRY, LiveFunction, Target, job_request, spark_application

from tests.provision.test_round_trip import needed_by

FUNCTION = LiveFunction(
    {
        "RAW_BUCKET": "raw", "PROCESSED_BUCKET": "processed", "ARTIFACTS_BUCKET": "artifacts",
        "WAREHOUSE_SECRET_KEY": "secrets/x.json", "PRIVATE_PARAMETERS": "a,b", "OLTP_SECRET_KEY": "other",
    },
    "functions/etl/abc.zip",
)  # fmt: skip


@pytest.fixture
def with_spark(settings: Settings) -> Settings:
    return replace(settings, spark_enabled=True)


@pytest.fixture
def live(with_spark: Settings, account: Account, small_zips: dict[str, FunctionZip], aws: Aws) -> Settings:
    """The application and the live ETL function are there."""
    stack = build_stack(with_spark, account, small_zips)
    name = identify(with_spark, "etl").name
    wanted = [
        part
        for part in stack
        if isinstance(part, SparkApplication) or (isinstance(part, FunctionAlias) and part.name == name)
    ]
    made: list[Resource] = []
    for subject in wanted:
        parts = [*needed_by(subject, stack), subject]
        made += [part for part in parts if not any(part is one for one in made)]
    for part in made:
        part.create(aws)
    return with_spark


def rules_of(stack: list[Resource], what: str) -> SecurityGroupRules:
    return next(
        part
        for part in stack
        if isinstance(part, SecurityGroupRules) and part.name == f"cloudworks-production-{what}"
    )


def test_jobs_reach_the_warehouse_and_s3_and_nobody_reaches_them(
    with_spark: Settings, account: Account, small_zips: dict[str, FunctionZip]
) -> None:
    stack = build_stack(with_spark, account, small_zips)
    of_jobs, of_warehouse = rules_of(stack, "spark"), rules_of(stack, "warehouse")
    assert of_jobs.ingress == ()
    assert [(rule.port, rule.peer) for rule in of_jobs.egress] == [
        (5432, of_warehouse.group),
        (443, account.s3_prefix_list_id),
    ]
    assert any(rule.peer is of_jobs.group for rule in of_warehouse.ingress)


def test_there_is_no_trace_of_spark_unless_a_setting_wants_it(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip]
) -> None:
    names = {part.name for part in build_stack(settings, account, small_zips)}
    assert "cloudworks-production-spark" not in names


def properties(settings: Settings) -> dict[str, str]:
    request = job_request(settings, Target("app", "123456789012", "s3://a/e.py"), FUNCTION, [])
    (defaults,) = request["configurationOverrides"]["applicationConfiguration"]
    found: dict[str, str] = defaults["properties"]
    return found


def test_executors_unpack_the_live_functions_zip_and_import_from_it(settings: Settings) -> None:
    found = properties(settings)
    assert found["spark.archives"] == "s3://artifacts/functions/etl/abc.zip#environment"
    for who in ("spark.executorEnv", "spark.emr-serverless.driverEnv"):
        assert found[f"{who}.PYTHONPATH"] == "./environment"
        assert found[f"{who}.PYSPARK_PYTHON"] == "/usr/bin/python3.13"


def test_the_driver_has_the_functions_settings_and_no_others(settings: Settings) -> None:
    prefix = "spark.emr-serverless.driverEnv."
    given = {name.removeprefix(prefix) for name in properties(settings) if name.startswith(prefix)}
    assert given >= {"RAW_BUCKET", "PROCESSED_BUCKET", "WAREHOUSE_SECRET_KEY", "PRIVATE_PARAMETERS"}
    assert "OLTP_SECRET_KEY" not in given


@pytest.mark.parametrize(("most", "executors"), [(8, "1"), (20, "4"), (100, "24")])
def test_workers_stay_within_what_the_application_may_have(
    settings: Settings, most: int, executors: str
) -> None:
    found = properties(replace(settings, spark_most_vcpus=most))
    assert found["spark.dynamicAllocation.maxExecutors"] == executors
    cores = int(found["spark.driver.cores"]) + int(executors) * int(found["spark.executor.cores"])
    memory_gb = 4 * int(found["spark.executor.cores"])
    assert cores <= most
    parts = ("spark.executor.memory", "spark.executor.memoryOverhead")
    assert sum(int(found[part].rstrip("g")) for part in parts) <= memory_gb


def test_a_job_is_started_waited_for_and_told_of(
    live: Settings, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    said = run_spark.run_on_aws(aws.session, live, ["--from", "2026-03-01"])
    assert said.startswith("done in ")
    told = capsys.readouterr().out
    assert "logs: s3://cloudworks-production-processed-" in told
    application_id = spark_application(aws.spark, live)
    (run,) = aws.spark.list_job_runs(applicationId=application_id)["jobRuns"]
    job = aws.spark.get_job_run(applicationId=application_id, jobRunId=run["id"])["jobRun"]
    submitted = job["jobDriver"]["sparkSubmit"]
    assert submitted["entryPointArguments"] == ["--from", "2026-03-01"]
    assert job["executionRole"].endswith(":role/cloudworks-production-spark")
    bucket, _, key = submitted["entryPoint"].removeprefix("s3://").partition("/")
    assert aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read() == ENTRY.read_bytes()
    (defaults,) = job["configurationOverrides"]["applicationConfiguration"]
    archive = defaults["properties"]["spark.archives"].partition("#")[0]
    aws.s3.head_object(Bucket=bucket, Key=archive.removeprefix(f"s3://{bucket}/"))


def test_without_the_application_the_setting_is_named(settings: Settings, aws: Aws) -> None:
    with pytest.raises(TerminalError, match="set platform_spark_enabled to true"):
        spark_application(aws.spark, settings)


def test_each_state_is_told_once_until_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    states = iter(["SUBMITTED", "RUNNING", "RUNNING", "FAILED"])

    def read() -> dict[str, Any]:
        return {"state": next(states)}

    assert run_spark.waited(read, pause_seconds=0) == {"state": "FAILED"}
    assert capsys.readouterr().out.split() == ["submitted", "running", "failed"]
