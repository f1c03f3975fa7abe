"""Make processed files, sessions and account of a range of receive dates with Spark, and say what came of it.

On EMR Serverless (platform_spark_enabled), with the very zip and settings of the live ETL function; or with
--local N on this machine by N processes, with libpq's own variables for the warehouse and the buckets in
RAW_BUCKET and PROCESSED_BUCKET. The ETL waits meanwhile. It may be interrupted and run again at any time: the
same raw gives the same files. What it is for, and what it does not do: docs/spark.md.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from provision.errors import TerminalError
from provision.settings import DEFAULT_PATH, Settings, read_settings
from spark_request import ENDED, Target, job_request, live_function, published_entry, spark_application

_ROOT = Path(__file__).resolve().parents[1]
_PYTHON = _ROOT / ".venv-spark" / "bin" / "python"
_PAUSE_SECONDS = 15


class JobError(Exception):
    """The job did not end well; its text says where its logs are."""


def dates_of(first: date | None, last: date | None) -> list[str]:
    """Return the dates as the job takes them."""
    given = {"--from": first, "--to": last}
    return [part for name, day in given.items() if day for part in (name, str(day))]


def run_locally(cores: int, dates: list[str], share_bytes: int | None) -> None:
    """Run the job on this machine by so many processes; raises `JobError`."""
    if not _PYTHON.exists():
        raise JobError(f"{_PYTHON} must be there; run: scripts/setup_spark.sh")
    missing = [name for name in ("RAW_BUCKET", "PROCESSED_BUCKET", "PGHOST") if name not in os.environ]
    if missing:
        raise JobError(f"these environment variables must be set: {', '.join(missing)}")
    environment = {
        **os.environ,
        "PYTHONPATH": str(_ROOT / "lambda_src"),
        "PYSPARK_PYTHON": str(_PYTHON),
        "PYSPARK_SUBMIT_ARGS": os.environ.get("PYSPARK_SUBMIT_ARGS", "--driver-memory 2g pyspark-shell"),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    command = [str(_PYTHON), "-m", "etl.spark.driver", "--master", f"local[{cores}]", *dates]
    if share_bytes:
        command += ["--share-bytes", str(share_bytes)]
    code = subprocess.run(command, env=environment, cwd=_ROOT, check=False).returncode
    if code:
        raise JobError(f"the job ended with exit code {code}; what it says above is why")


def run_on_aws(session: Any, settings: Settings, dates: list[str]) -> str:  # noqa: ANN401 - boto3 types few
    """Start the job, wait for its end, and return a line about it; raises `JobError`."""
    spark = session.client("emr-serverless")
    application_id = spark_application(spark, settings)
    function = live_function(session.client("lambda"), settings)
    entry = published_entry(session.client("s3"), function.environment["ARTIFACTS_BUCKET"])
    account_id = session.client("sts").get_caller_identity()["Account"]
    request = job_request(settings, Target(application_id, account_id, entry), function, dates)
    run_id = spark.start_job_run(**request)["jobRunId"]
    monitoring = request["configurationOverrides"]["monitoringConfiguration"]
    place = f"applications/{application_id}/jobs/{run_id}/"
    logs = f"{monitoring['s3MonitoringConfiguration']['logUri']}{place}"
    sys.stdout.write(f"job run {run_id} of application {application_id}; logs: {logs}\n")
    ended = waited(lambda: spark.get_job_run(applicationId=application_id, jobRunId=run_id)["jobRun"])
    if ended["state"] != "SUCCESS":
        raise JobError(f"the job ended as {ended['state']}: {ended.get('stateDetails', '')} Its logs: {logs}")
    used = ended.get("totalResourceUtilization", {})
    return (
        f"done in {ended.get('totalExecutionDurationSeconds', 0)} s,"
        f" {used.get('vCPUHour', 0):.2f} vCPU-hours and {used.get('memoryGBHour', 0):.2f} GB-hours;"
        f" the account stands at the end of {logs}SPARK_DRIVER/stdout.gz"
    )


def waited(read: Callable[[], dict[str, Any]], pause_seconds: float = _PAUSE_SECONDS) -> dict[str, Any]:
    """Return the job run when it has ended; each state is told as it comes."""
    told = ""
    while True:
        found = read()
        if found["state"] != told:
            told = found["state"]
            sys.stdout.write(f"{told.lower()}\n")
            sys.stdout.flush()
        if told in ENDED:
            return found
        time.sleep(pause_seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="run_spark.py"
    )
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="default: the first in raw")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="default: today")
    parser.add_argument("--local", type=int, metavar="N", help="on this machine, by N processes at once")
    parser.add_argument("--share-bytes", type=int, help="raw bytes that a task reads (with --local)")
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    dates = dates_of(arguments.first, arguments.last)
    try:
        if arguments.local:
            run_locally(arguments.local, dates, arguments.share_bytes)
            return 0
        settings = read_settings(arguments.settings)
        session = boto3.Session(region_name=settings.region)
        sys.stdout.write(f"{run_on_aws(session, settings, dates)}\n")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; a job run on EMR Serverless goes on\n")
        return 1
    except (JobError, TerminalError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"Spark job not done: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
