"""Run the ETL function once, now, the way the schedule does, and say what it did.

Without dates it looks at the newest days (and further back after an outage). With --from and --to it looks
at those receive dates; use that after an import. It is called again as long as it leaves a backlog.

With --reconcile it compares the shop's orders with the purchase events instead, as the nightly schedule does:
those of the last weeks, or of the dates given.
"""

import argparse
import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from provision.identity import identify
from provision.resources.function_alias import ALIAS
from provision.settings import DEFAULT_PATH, read_settings

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

# Lambda's own limit is 900 s; the answer must not be given up before it.
_READ_TIMEOUT_SECONDS = 930
MAX_CALLS = 50
# Only one run at a time: one that is under way ends within Lambda's own limit.
_PAUSE_SECONDS, _MAX_PAUSES = 15, 62


class EtlError(Exception):
    """The function failed; its text holds what the function said."""


def run_etl(client: "LambdaClient", function: str, request: dict[str, str]) -> dict[str, Any]:
    """Call the function until nothing is left to load; return the summed counts and the number of runs."""
    totals: dict[str, Any] = {"runs_count": 0}
    for _ in range(MAX_CALLS):
        answer = _called_once(client, function, request)
        totals["runs_count"] += 1
        for name, value in answer.items():
            if name.endswith("_count") and name != "backlog_hours_count":
                totals[name] = totals.get(name, 0) + value
        if not answer["backlog_hours_count"]:
            return totals
        sys.stdout.write(f"{answer['backlog_hours_count']} receive hours are left; calling again\n")
    raise EtlError(f"a backlog is left after {MAX_CALLS} calls; run this again")


def loading(client: "LambdaClient", function: str, request: dict[str, str]) -> str:
    """Let the function load what is new; return a line that says what became of it."""
    totals = run_etl(client, function, request)
    return (
        f"ETL: {totals['loaded_count']} loaded, {totals['rejected_count']} rejected,"
        f" {totals['duplicate_count']} duplicates, {totals['erased_count']} of people who were erased,"
        f" of {totals['stored_count']} stored events"
        f" in {totals['objects_count']} new objects"
    )


def reconciliation(client: "LambdaClient", function: str, request: dict[str, str]) -> str:
    """Let the function compare orders with the shop's books; return a line that says what it found."""
    found = _called_once(client, function, {"task": "reconcile", **request})
    if found["reason"]:
        return f"reconciliation: nothing was compared: {found['reason']}"
    kinds = ", ".join(f"{count} {verdict}" for verdict, count in found["orders"].items() if count)
    compared = f"{found['days_count']} days, {sum(found['orders'].values())} orders"
    left = found["days_left_count"]
    return f"reconciliation: {compared}: {kinds or 'none'}" + (
        f"; {left} older days are left: give their dates" if left else ""
    )


def _called_once(client: "LambdaClient", function: str, request: dict[str, str]) -> dict[str, Any]:
    response = _answer(client, function, json.dumps(request).encode())
    payload = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise EtlError(f"{payload.get('errorType')}: {payload.get('errorMessage')}")
    return dict(payload)


def _answer(client: "LambdaClient", function: str, payload: bytes) -> Any:  # noqa: ANN401 - boto3's answer
    """Return Lambda's answer; wait while another run, such as the schedule's, is under way."""
    for pause in range(_MAX_PAUSES):
        try:
            return client.invoke(FunctionName=function, Qualifier=ALIAS, Payload=payload)
        except client.exceptions.TooManyRequestsException:
            if not pause:
                sys.stdout.write("another run is under way; waiting for its end\n")
                sys.stdout.flush()
            time.sleep(_PAUSE_SECONDS)
    raise EtlError(f"another run is still under way after {_PAUSE_SECONDS * _MAX_PAUSES} s; run this again")


def lambda_client() -> "LambdaClient":
    """Return a client that waits as long as the function may take, and never calls it twice by itself."""
    config = Config(read_timeout=_READ_TIMEOUT_SECONDS, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return boto3.client("lambda", config=config)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="run_etl.py"
    )
    parser.add_argument("--reconcile", action="store_true", help="compare orders with the shop's books")
    parser.add_argument(
        "--from", dest="first", type=date.fromisoformat, help="first receive date (or order's), YYYY-MM-DD"
    )
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last one, YYYY-MM-DD")
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    dates = {"from_date": arguments.first, "to_date": arguments.last}
    request = {name: found.isoformat() for name, found in dates.items() if found}
    function = identify(read_settings(arguments.settings), "etl").name
    do = reconciliation if arguments.reconcile else loading
    try:
        sys.stdout.write(do(lambda_client(), function, request) + "\n")
    except (EtlError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"can't run {function}: {error}; its log group is /aws/lambda/{function}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
