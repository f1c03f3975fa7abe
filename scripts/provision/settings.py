"""The settings file as a checked value: what AWS would refuse late is refused here, before the first call."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from provision.errors import TerminalError
from provision.settings_alarms import ALARM_RANGES, problems_of_alarms
from provision.settings_hosts import HOST_RANGES, problems_of_hosts
from provision.settings_storage import problems_of_lifecycle
from provision.storefront_address import problems_of_address

DEFAULT_PATH = Path("inventory/group_vars/all/platform.yml")
PREFIX = "platform_"

# The longest derived name is a bucket's, of at most 63 characters.
LONGEST_NAME_STEM = 63 - len("-processed-123456789012")
NAME_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
REGION_FORM = re.compile(r"[a-z]{2}-[a-z]+-[0-9]")
HOST_FORM = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
ORIGIN_FORM = re.compile(rf"https://{HOST_FORM}(:[0-9]+)?|http://localhost(:[0-9]+)?")
RETURN_URL_FORM = re.compile(rf"(https://{HOST_FORM}|http://localhost)(:[0-9]+)?/[^\s#]*")
SCHEDULE_FORM = re.compile(
    r"rate\((?P<value>[1-9][0-9]*) (?P<unit>minute|hour|day)(?P<plural>s?)\)|cron\(( ?\S+){6}\)"
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
MOST_DAYS = 36_500
RANGES = {
    "ingest_memory_mb": (128, 10240),
    "ingest_timeout_seconds": (1, 30),
    "ingest_most_at_once": (0, 1000),
    "shop_memory_mb": (128, 10240),
    "shop_timeout_seconds": (16, 30),  # its own waits end within 15
    "shop_most_at_once": (0, 1000),
    "etl_memory_mb": (128, 10240),
    "etl_timeout_seconds": (1, 900),
    "etl_lookback_days": (1, 90),
    "etl_most_at_once": (0, 1000),
    "function_versions_kept": (1, 50),
    "etl_schedule_retries": (0, 185),
    "dead_letter_retention_days": (1, 14),
    "api_rate_per_second": (1, 10_000),
    "api_burst": (1, 5_000),
    "api_events_rate_per_second": (1, 10_000),
    "api_events_burst": (1, 5_000),
    "api_shop_rate_per_second": (1, 10_000),
    "api_shop_burst": (1, 5_000),
    "abort_multipart_days": (1, 365),
    "raw_infrequent_access_days": (0, MOST_DAYS),
    "raw_expire_days": (0, MOST_DAYS),
    "access_log_days": (1, MOST_DAYS),
    "media_old_versions_days": (1, MOST_DAYS),
    "raw_old_versions_days": (1, MOST_DAYS),
    "artifacts_old_versions_days": (1, MOST_DAYS),
    "backups_old_versions_days": (1, MOST_DAYS),
    **HOST_RANGES,
    "athena_query_limit_gb": (1, 100_000),
    "athena_results_days": (1, MOST_DAYS),
    **ALARM_RANGES,
}
CHOICES: dict[str, tuple[object, ...]] = {
    "function_architecture": ("x86_64", "arm64"),
    "ingest_source_ip_mode": ("truncate", "drop", "keep"),
    "log_retention_days": LOG_RETENTION_DAYS,
    "host_architecture": ("amd64", "arm64"),
    "storefront_price_class": ("PriceClass_100", "PriceClass_200", "PriceClass_All"),
}

TYPES: dict[str, tuple[type, str]] = {
    "str": (str, "a text"),
    "int": (int, "a whole number"),
    "bool": (bool, "true or false"),
    "tuple[str, ...]": (list, "a list of texts"),
}


class SettingsError(TerminalError):
    """The settings file must change before anything can be planned."""


@dataclass(frozen=True)
class Settings:
    """Every setting of the platform; the file's keys are these names after `platform_`."""

    project: str
    environment: str
    region: str
    availability_zone: str
    vpc_cidr: str
    oltp_subnet_cidr: str
    analytics_subnet_cidr: str
    function_architecture: str
    function_versions_kept: int
    ingest_memory_mb: int
    ingest_timeout_seconds: int
    ingest_source_ip_mode: str
    ingest_most_at_once: int
    shop_memory_mb: int
    shop_timeout_seconds: int
    shop_most_at_once: int
    etl_memory_mb: int
    etl_timeout_seconds: int
    etl_lookback_days: int
    etl_most_at_once: int
    etl_schedule: str
    etl_schedule_retries: int
    dead_letter_retention_days: int
    api_rate_per_second: int
    api_burst: int
    api_events_rate_per_second: int
    api_events_burst: int
    api_shop_rate_per_second: int
    api_shop_burst: int
    storefront_origins: tuple[str, ...]
    storefront_domain: str
    storefront_certificate_arn: str
    storefront_price_class: str
    sign_in_return_urls: tuple[str, ...]
    log_retention_days: int
    abort_multipart_days: int
    raw_infrequent_access_days: int
    raw_expire_days: int
    access_log_days: int
    media_old_versions_days: int
    raw_old_versions_days: int
    artifacts_old_versions_days: int
    backups_old_versions_days: int
    session_manager_endpoints: bool
    host_architecture: str
    host_root_gb: int
    oltp_instance_type: str
    oltp_data_gb: int
    warehouse_instance_type: str
    warehouse_data_gb: int
    dashboards_instance_type: str
    agent_release: str
    agent_sha256: str
    apt_key_sha256: str
    athena_first_date: str
    athena_query_limit_gb: int
    athena_results_days: int
    alarm_email: str
    alarm_data_age_hours: int
    alarm_silence_hours: int
    alarm_silence_minimum_events: int
    alarm_api_errors_percent: int
    alarm_api_latency_ms: int
    alarm_warehouse_percent: int


def read_settings(path: Path = DEFAULT_PATH) -> Settings:
    """The checked settings in `path`; all problems are raised together, each with the key to change."""
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.safe_load(text)
    except FileNotFoundError:
        raise SettingsError(
            f"There must be a settings file at {path}. Give another with --settings PATH."
        ) from None
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} must be YAML: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path} must hold keys that begin with {PREFIX}, one a line.")
    problems = _problems_of_keys(content) or problems_of_values(_without_prefix(content))
    if problems:
        placed = (f"  {_line_of(problem, text)}{problem}" for problem in problems)
        raise SettingsError("\n".join([f"{path} must be mended in {len(problems)} place(s):", *placed]))
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}
    return Settings(**_without_prefix(values))


def _line_of(problem: str, text: str) -> str:
    """`line N: ` of the first setting that the problem names, empty where the file has no such line."""
    named = re.search(rf"{PREFIX}\w+", problem)
    for number, line in enumerate(text.splitlines(), start=1):
        if named and line.startswith(f"{named.group()}:"):
            return f"line {number}: "
    return ""


def _without_prefix(content: dict[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(PREFIX): value for key, value in content.items()}


def _problems_of_keys(content: dict[str, Any]) -> list[str]:
    """Keys that are missing, unknown (a slip of the pen would else be ignored) or of another type."""
    wanted = {PREFIX + field.name: TYPES[str(field.type)][0] for field in fields(Settings)}
    problems = [f"{key} is missing: add it." for key in wanted if key not in content]
    problems += [
        f"{key} is not a setting: remove it or mend its name." for key in content if key not in wanted
    ]
    for key, type_ in wanted.items():
        if key in content and not _is_of(type_, content[key]):
            noun = next(noun for known, noun in TYPES.values() if known is type_)
            problems.append(f"{key} must be {noun}, given {content[key]!r}.")
    return problems


def _is_of(type_: type, value: object) -> bool:
    """Whether a value is of just this type; True and False are no whole numbers."""
    if isinstance(value, list):
        return type_ is list and all(type(item) is str for item in value)
    return type(value) is type_


def problems_of_values(values: dict[str, Any]) -> list[str]:
    """One sentence per value that AWS would refuse; keys come without their prefix."""
    return [
        *_problems_of_names(values),
        *_problems_of_network(values),
        *_problems_of_numbers(values),
        *_problems_of_schedule(values["etl_schedule"]),
        *problems_of_lifecycle(PREFIX, values),
        *_problems_of_origins(values["storefront_origins"]),
        *_problems_of_return_urls(values["sign_in_return_urls"]),
        *problems_of_hosts(PREFIX, values),
        *problems_of_address(values["storefront_domain"], values["storefront_certificate_arn"]),
        *problems_of_alarms(values, PREFIX),
    ]


def _problems_of_names(values: dict[str, Any]) -> list[str]:
    problems = [
        f"{PREFIX}{key} must be lower case letters, digits and single hyphens (buckets allow no more), "
        f"given {values[key]!r}."
        for key in ("project", "environment")
        if not NAME_FORM.fullmatch(values[key])
    ]
    if "-" in values["environment"]:
        problems.append(
            f"{PREFIX}environment must be one word (policies that reach production-* would reach all of "
            f"production-2), given {values['environment']!r}."
        )
    stem = f"{values['project']}-{values['environment']}"
    if len(stem) > LONGEST_NAME_STEM:
        problems.append(
            f"{PREFIX}project and {PREFIX}environment must have at most {LONGEST_NAME_STEM - 1} letters "
            f"together (a bucket's name ends at 63), given {len(stem) - 1}."
        )
    problems += [
        f"{PREFIX}project and {PREFIX}environment must not contain {word!r} (Cognito allows it in no domain)."
        for word in ("aws", "amazon", "cognito")
        if word in stem
    ]
    if not REGION_FORM.fullmatch(values["region"]) or values["region"].startswith("cn-"):
        problems.append(
            f"{PREFIX}region must be a region of the standard partition such as eu-central-1, "
            f"given {values['region']!r}."
        )
    if not re.fullmatch(re.escape(values["region"]) + "[a-z]", values["availability_zone"]):
        problems.append(
            f"{PREFIX}availability_zone must be {values['region']} and one letter, "
            f"given {values['availability_zone']!r}."
        )
    return problems


def _problems_of_network(values: dict[str, Any]) -> list[str]:
    keys = ("vpc_cidr", "oltp_subnet_cidr", "analytics_subnet_cidr")
    problems, networks = [], {}
    for key in keys:
        try:
            networks[key] = ipaddress.IPv4Network(values[key])
        except ValueError as error:
            problems.append(f"{PREFIX}{key} must be an IPv4 network such as 10.40.0.0/16: {error}.")
            continue
        if not 16 <= networks[key].prefixlen <= 28:
            problems.append(f"{PREFIX}{key} must be between /16 and /28 (AWS's limits), given {values[key]}.")
    if problems:
        return problems
    vpc, oltp, analytics = (networks[key] for key in keys)
    problems += [
        f"{PREFIX}{key} must lie in {PREFIX}vpc_cidr {vpc}, given {networks[key]}."
        for key in keys[1:]
        if not networks[key].subnet_of(vpc)
    ]
    if oltp.overlaps(analytics):
        problems.append(
            f"{PREFIX}oltp_subnet_cidr {oltp} and {PREFIX}analytics_subnet_cidr {analytics} must not overlap."
        )
    return problems


def _problems_of_numbers(values: dict[str, Any]) -> list[str]:
    problems = [
        f"{PREFIX}{key} must be from {low} to {high}, given {values[key]}."
        for key, (low, high) in RANGES.items()
        if not low <= values[key] <= high
    ]
    problems += [
        f"{PREFIX}{key} must be one of {', '.join(map(str, choices))}, given {values[key]}."
        for key, choices in CHOICES.items()
        if values[key] not in choices
    ]
    return problems


def _problems_of_schedule(expression: str) -> list[str]:
    """`rate(1 hour)` is singular, `rate(2 hours)` plural: EventBridge refuses the other way round."""
    found = SCHEDULE_FORM.fullmatch(expression)
    if found and (not found["unit"] or (found["value"] == "1") != bool(found["plural"])):
        return []
    return [
        f"{PREFIX}etl_schedule must be like rate(60 minutes), rate(1 hour) or cron(0 * * * ? *), "
        f"given {expression!r}."
    ]


def _problems_of_origins(origins: list[str]) -> list[str]:
    """An origin is compared letter by letter with what browsers send: no path, no slash at its end."""
    return [
        f"{PREFIX}storefront_origins must hold origins such as https://shop.example.com, or "
        f"http://localhost:3000 while developing, given {origin!r}."
        for origin in origins
        if not ORIGIN_FORM.fullmatch(origin)
    ]


def _problems_of_return_urls(urls: list[str]) -> list[str]:
    """Cognito wants one at least, without a fragment, and https save on a developer's own machine."""
    key = f"{PREFIX}sign_in_return_urls"
    problems = [] if urls else [f"{key} must hold at least one address, such as https://shop.example.com/."]
    return problems + [
        f"{key} must hold addresses such as https://shop.example.com/signed-in, given {url!r}."
        for url in urls
        if not RETURN_URL_FORM.fullmatch(url)
    ]
