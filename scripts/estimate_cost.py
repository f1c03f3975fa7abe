"""Estimate what the platform costs on AWS in a month, line by line, as the table of docs/cost.md.

Prices are AWS's public list prices for us-east-1, on demand, without free tier (but for
CloudFront's, which does not end), discounts or tax.
"""

import argparse
import sys
from dataclasses import dataclass

SECONDS_PER_MONTH = 730 * 3600
HOURS_PER_MONTH = 730
EVENTS_PER_REQUEST = 10
# Assumptions, not measurements on AWS: change them here and run the script again.
INGEST_GB = 0.5
INGEST_SECONDS = 0.02
INGEST_LOG_BYTES = 700
ETL_GB = 2
ETL_SECONDS_PER_RUN = 10
ETL_SECONDS_PER_EVENT = 1 / 20_000
ETL_SECONDS_PER_OBJECT = 0.001
LISTED_DAYS = 1.5
RAW_BYTES_PER_EVENT = 150
PROCESSED_BYTES_PER_EVENT = 60
PAGE_VIEWS_PER_REQUEST = 2
FILES_PER_PAGE_VIEW = 4  # that the browser does not have yet
BYTES_PER_PAGE_VIEW = 100_000
SHARE_FROM_AMPLIFY = 0.05  # the rest is in CloudFront's caches
ACCESS_LOG_BYTES = 500
ACCESS_LOG_MONTHS = 3
BYTES_PER_GB = 1e9
# Counted in the stack by a test: metrics that alarms look at, and metrics that our functions publish.
ALARM_METRICS = 30
OWN_METRICS = 21

API_DOLLARS_PER_REQUEST = 1.00e-6
LAMBDA_DOLLARS_PER_REQUEST = 0.20e-6
LAMBDA_DOLLARS_PER_GB_SECOND = 0.0000166667
PUT_DOLLARS = 5e-6  # PUT and LIST
GET_DOLLARS = 0.4e-6
S3_DOLLARS_PER_GB = 0.023
LOG_DOLLARS_PER_GB = 0.50
T4G_SMALL_DOLLARS_PER_HOUR = 0.0168
GP3_DOLLARS_PER_GB = 0.08
ENDPOINT_DOLLARS_PER_HOUR = 0.01
CLOUDFRONT_DOLLARS_PER_REQUEST = 1.00e-6
CLOUDFRONT_FREE_REQUESTS = 10e6  # a month, for good
CLOUDFRONT_DOLLARS_PER_GB = 0.085
CLOUDFRONT_FREE_GB = 1000  # a month, for good
AMPLIFY_DOLLARS_PER_GB = 0.15
ALARM_DOLLARS = 0.10  # a month for each metric of an alarm
METRIC_DOLLARS = 0.30  # a month for each metric of our own
DASHBOARD_DOLLARS = 3.00


@dataclass(frozen=True)
class Line:
    """One line of the bill: dollars a month, and how they come about."""

    what: str
    how: str
    dollars: float


def traffic_lines(requests_per_second: float) -> list[Line]:
    """Return what traffic costs: it grows with the requests, and is nothing without them."""
    requests = requests_per_second * SECONDS_PER_MONTH
    events = requests * EVENTS_PER_REQUEST
    objects_per_day = requests_per_second * 86_400
    ingest_gb_seconds = requests * INGEST_GB * INGEST_SECONDS
    etl_seconds = (
        HOURS_PER_MONTH * ETL_SECONDS_PER_RUN
        + events * ETL_SECONDS_PER_EVENT
        + requests * ETL_SECONDS_PER_OBJECT
    )
    lists = HOURS_PER_MONTH * (LISTED_DAYS * objects_per_day / 1000 + 8)
    stored_gb = events * (RAW_BYTES_PER_EVENT + PROCESSED_BYTES_PER_EVENT) / BYTES_PER_GB
    log_gb = requests * INGEST_LOG_BYTES / BYTES_PER_GB
    access_log_gb = 2 * requests * ACCESS_LOG_BYTES * ACCESS_LOG_MONTHS / BYTES_PER_GB  # a write and a read
    return [
        Line("HTTP API", "$1.00 a million requests", requests * API_DOLLARS_PER_REQUEST),
        Line(
            "ingest",
            "$0.20 a million calls, 20 ms of 0.5 GB each",
            requests * LAMBDA_DOLLARS_PER_REQUEST + ingest_gb_seconds * LAMBDA_DOLLARS_PER_GB_SECOND,
        ),
        Line("S3: write raw", "$5 a million PUTs, one a request", requests * PUT_DOLLARS),
        Line("S3: read raw", "$0.40 a million GETs, one a request", requests * GET_DOLLARS),
        Line("S3: list raw", "$5 a million LISTs of 1,000 keys, 1 to 2 days an hour", lists * PUT_DOLLARS),
        Line(
            "etl",
            "2 GB: 10 s a run, 1 s per 20,000 events, 1 ms an object",
            etl_seconds * ETL_GB * LAMBDA_DOLLARS_PER_GB_SECOND,
        ),
        Line("S3: keep one month", "$0.023 a GB, 210 bytes an event", stored_gb * S3_DOLLARS_PER_GB),
        Line("S3: access logs", "$0.023 a GB, 500 bytes a call, 3 months", access_log_gb * S3_DOLLARS_PER_GB),
        Line("Logs", "$0.50 a GB, 700 bytes a request", log_gb * LOG_DOLLARS_PER_GB),
    ]


def delivery_lines(requests_per_second: float) -> list[Line]:
    """Return what the shop's pages and pictures cost on their way to browsers."""
    page_views = requests_per_second * SECONDS_PER_MONTH * PAGE_VIEWS_PER_REQUEST
    paid_requests = max(0.0, page_views * FILES_PER_PAGE_VIEW - CLOUDFRONT_FREE_REQUESTS)
    served_gb = page_views * BYTES_PER_PAGE_VIEW / BYTES_PER_GB
    paid_gb = max(0.0, served_gb - CLOUDFRONT_FREE_GB)
    return [
        Line(
            "CloudFront",
            "$1 a million requests above 10 million, $0.085 a GB above 1,000",
            paid_requests * CLOUDFRONT_DOLLARS_PER_REQUEST + paid_gb * CLOUDFRONT_DOLLARS_PER_GB,
        ),
        Line(
            "Amplify Hosting",
            "$0.15 a GB, for the 5 % that CloudFront asks for",
            served_gb * SHARE_FROM_AMPLIFY * AMPLIFY_DOLLARS_PER_GB,
        ),
    ]


def session_manager_line() -> Line:
    """Return what the way of operators to the hosts costs; a setting leaves it out."""
    return Line(
        "Session Manager",
        "$0.01 an hour for each of 2 interface endpoints",
        2 * HOURS_PER_MONTH * ENDPOINT_DOLLARS_PER_HOUR,
    )


def watching_line() -> Line:
    """Return what alarms, the functions' own metrics and the dashboard cost; e-mails are below a cent."""
    return Line(
        "Watching",
        f"$0.10 for each of {ALARM_METRICS} metrics in alarms, $0.30 for each of {OWN_METRICS} of our own, "
        "$3 for the dashboard",
        ALARM_METRICS * ALARM_DOLLARS + OWN_METRICS * METRIC_DOLLARS + DASHBOARD_DOLLARS,
    )


def host_lines() -> list[Line]:
    """Return what the three hosts cost, of the types and sizes that the settings file has at first."""
    return [
        Line(
            "3 hosts, t4g.small",
            "$0.0168 an hour each: oltp, warehouse, dashboards",
            3 * HOURS_PER_MONTH * T4G_SMALL_DOLLARS_PER_HOUR,
        ),
        Line("Disks, gp3", "$0.08 a GB: three of 10 GB, and 50 GB of data", 80 * GP3_DOLLARS_PER_GB),
    ]


def table(rates: list[float]) -> str:
    """Return the Markdown table: a line per cost, a column per rate of requests a second."""
    today = [
        [
            *traffic_lines(rate),
            *delivery_lines(rate),
            *(session_manager_line(), watching_line()),
            *host_lines(),
        ]
        for rate in rates
    ]
    rows = [
        ["", "how", *(f"{rate:g} requests/s" for rate in rates)],
        ["---", "---", *("---:" for _ in rates)],
        *_rows(today),
        ["**What stands today**", "", *(f"**{_sum(lines):.2f}**" for lines in today)],
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows(columns: list[list[Line]]) -> list[list[str]]:
    return [
        [lines[0].what, lines[0].how, *(f"{line.dollars:.2f}" for line in lines)]
        for lines in zip(*columns, strict=True)
    ]


def _sum(lines: list[Line]) -> float:
    return sum(line.dollars for line in lines)


def main() -> None:
    """Print the table for the rates asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "requests_per_second",
        nargs="*",
        type=float,
        default=[0.1, 1, 10],
        help="batches of ten events a second, around the clock (default: 0.1 1 10)",
    )
    sys.stdout.write(table(parser.parse_args().requests_per_second) + "\n")


if __name__ == "__main__":
    main()
