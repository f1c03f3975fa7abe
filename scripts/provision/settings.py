"""The settings file as a checked value: what AWS would refuse late is refused here, before the first call."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from provision.checks import PREFIX
from provision.checks.every import problems_of_values
from provision.errors import TerminalError

DEFAULT_PATH = Path("inventory/group_vars/all/platform.yml")

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
    ingest_country_header: str
    redact_emails: bool
    private_parameters: tuple[str, ...]
    reporting_currency: str
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
    reconcile_schedule: str
    reconcile_days: int
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
    packages_valid_days: int
    athena_first_date: str
    athena_query_limit_gb: int
    athena_results_days: int
    spark_enabled: bool
    spark_release: str
    spark_most_vcpus: int
    alarm_email: str
    alarm_data_age_hours: int
    alarm_silence_hours: int
    alarm_silence_minimum_events: int
    alarm_api_errors_percent: int
    alarm_api_latency_ms: int
    alarm_orders_missing_percent: int
    alarm_database_percent: int


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
