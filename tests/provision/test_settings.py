from pathlib import Path

import pytest
import yaml
from provision.checks.hosts import architecture_of
from provision.settings import SettingsError, read_settings

FILE = Path(__file__).resolve().parents[2] / "inventory/group_vars/all/platform.yml"


def with_line(tmp_path: Path, key: str, value: str | None) -> Path:
    """The project's settings with one line another, or gone."""
    content = yaml.safe_load(FILE.read_text())
    content.pop(key, None)
    lines = yaml.safe_dump(content).splitlines()
    path = tmp_path / "platform.yml"
    path.write_text("\n".join([*lines, *([f"{key}: {value}"] if value is not None else [])]) + "\n")
    return path


def test_the_projects_own_settings_are_accepted() -> None:
    settings = read_settings(FILE)
    assert (settings.project, settings.environment, settings.etl_schedule) == (
        "cloudworks",
        "production",
        "rate(60 minutes)",
    )


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("platform_project", "Cloud_Works", "lower case letters"),
        ("platform_project", "cloud--works", "single hyphens"),
        ("platform_project", "a-project-with-a-name-far-too-long", "at most 39 letters together"),
        ("platform_environment", "staging-2", "one word"),
        ("platform_region", "frankfurt", "such as eu-central-1"),
        ("platform_availability_zone", "eu-west-1a", "must be eu-central-1 and one letter"),
        ("platform_vpc_cidr", "10.40.0.0/8", "has host bits set"),
        ("platform_vpc_cidr", "10.0.0.0/8", "between /16 and /28"),
        ("platform_oltp_subnet_cidr", "10.40.1.0/29", "between /16 and /28"),
        ("platform_oltp_subnet_cidr", "10.41.1.0/24", "must lie in platform_vpc_cidr"),
        ("platform_oltp_subnet_cidr", "10.40.2.0/25", "must not overlap"),
        ("platform_function_architecture", "arm", "one of x86_64, arm64"),
        ("platform_spark_enabled", "maybe", "must be true or false"),
        ("platform_spark_most_vcpus", "4", "from 8 to 4000"),
        ("platform_ingest_memory_mb", "64", "from 128 to 10240"),
        ("platform_ingest_timeout_seconds", "31", "from 1 to 30"),
        ("platform_ingest_source_ip_mode", "hash", "one of truncate, drop, keep"),
        ("platform_ingest_country_header", "CloudFront-Viewer-Country", "in small letters"),
        ("platform_private_parameters", "['a,b']", "must hold names such as email"),
        ("platform_private_parameters", "[" + "a" * 65 + "]", "must hold names such as email"),
        ("platform_private_parameters", "[" + "abcdefghi, " * 301 + "a]", "at most 3000 letters"),
        ("platform_reporting_currency", "eur", "a code of ISO 4217"),
        ("platform_reporting_currency", "EURO", "a code of ISO 4217"),
        ("platform_etl_timeout_seconds", "901", "from 1 to 900"),
        ("platform_etl_memory_mb", "'2048'", "must be a whole number"),
        ("platform_etl_lookback_days", "0", "from 1 to 90"),
        ("platform_packages_valid_days", "1", "from 2 to 90"),
        ("platform_etl_most_at_once", "-1", "from 0 to 1000"),
        ("platform_function_versions_kept", "0", "from 1 to 50"),
        ("platform_etl_schedule", "rate(60 bananas)", "like rate(60 minutes)"),
        ("platform_etl_schedule", "rate(1 hours)", "like rate(60 minutes)"),
        ("platform_etl_schedule", "rate(2 hour)", "like rate(60 minutes)"),
        ("platform_etl_schedule", "cron(0 * * *)", "like rate(60 minutes)"),
        ("platform_reconcile_schedule", "nightly", "like rate(60 minutes)"),
        ("platform_reconcile_days", "1", "from 2 to 400"),
        ("platform_etl_schedule_retries", "186", "from 0 to 185"),
        ("platform_dead_letter_retention_days", "15", "from 1 to 14"),
        ("platform_log_retention_days", "31", "one of 1, 3, 5, 7, 14, 30"),
        ("platform_api_burst", "5001", "from 1 to 5000"),
        ("platform_raw_infrequent_access_days", "29", "0 (never) or at least 30"),
        ("platform_alarm_email", "operators", "must be an e-mail address"),
        ("platform_alarm_data_age_hours", "25", "from 1 to 24"),
        ("platform_alarm_orders_missing_percent", "100", "from 1 to 99"),
        ("platform_alarm_database_percent", "100", "from 10 to 95"),
        ("platform_raw_expire_days", "90", "more than platform_raw_infrequent_access_days 90"),
        ("platform_raw_expire_days", "-1", "from 0 to 36500"),
        ("platform_artifacts_old_versions_days", "0", "from 1 to 36500"),
        ("platform_athena_query_limit_gb", "0", "from 1 to 100000"),
        ("platform_athena_results_days", "0", "from 1 to 36500"),
        ("platform_session_manager_endpoints", "1", "must be true or false"),
        ("platform_api_events_burst", "0", "from 1 to 5000"),
        ("platform_api_shop_burst", "0", "from 1 to 5000"),
        ("platform_shop_timeout_seconds", "15", "from 16 to 30"),
        ("platform_storefront_origins", "https://shop.example.com", "a list of texts"),
        ("platform_storefront_origins", "[1]", "a list of texts"),
        ("platform_storefront_origins", "['https://shop.example.com/']", "such as https://shop.example.com"),
        ("platform_storefront_origins", "['http://shop.example.com']", "such as https://shop.example.com"),
        ("platform_storefront_origins", "['*']", "such as https://shop.example.com"),
        ("platform_sign_in_return_urls", "[]", "at least one"),
        ("platform_sign_in_return_urls", "['http://shop.example.com/']", "such as https://shop.example.com/"),
        (
            "platform_sign_in_return_urls",
            "['https://shop.example.com/#in']",
            "such as https://shop.example.com/",
        ),
        ("platform_host_architecture", "x86_64", "one of amd64, arm64"),
        ("platform_host_root_gb", "7", "from 8 to 16384"),
        ("platform_oltp_data_gb", "0", "from 1 to 16384"),
        ("platform_oltp_instance_type", "small", "an instance type such as t4g.small"),
        ("platform_oltp_instance_type", "t3.small", "platform_host_architecture arm64, given t3.small"),
        ("platform_warehouse_instance_type", "m7i.large", "which is amd64"),
        ("platform_dashboards_instance_type", "t2.micro", "a type of the Nitro system"),
        ("platform_agent_release", "newest", "latest or a version such as 3.3.40.0"),
        ("platform_agent_sha256", "'0'", "empty or 64 hexadecimal digits"),
        ("platform_agent_sha256", f"'{'0' * 64}'", "must be empty while platform_agent_release is latest"),
        ("platform_apt_key_sha256", f"'{'A' * 64}'", "empty or 64 hexadecimal digits"),
        ("platform_storefront_domain", "shop.example.com", "must both be given or both be empty"),
        ("platform_storefront_domain", "https://shop.example.com", "such as shop.example.com"),
        ("platform_storefront_domain", "localhost", "such as shop.example.com"),
        ("platform_storefront_certificate_arn", "arn:aws:acm:eu-central-1:1:certificate/1", "in us-east-1"),
        ("platform_storefront_price_class", "PriceClass_1", "one of PriceClass_100, PriceClass_200"),
        ("platform_project", "awsome", "must not contain 'aws'"),
        ("platform_region", None, "is missing: add it"),
        ("platform_regoin", "eu-central-1", "is not a setting"),
    ],
)
def test_what_aws_would_refuse_is_refused_with_the_key_to_change(
    tmp_path: Path, key: str, value: str | None, sentence: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(with_line(tmp_path, key, value))
    message = str(raised.value)
    assert key in message
    assert sentence in message


@pytest.mark.parametrize(
    "expression", ["rate(1 hour)", "rate(2 hours)", "rate(60 minutes)", "cron(0 * * * ? *)"]
)
def test_schedules_that_eventbridge_takes_are_accepted(tmp_path: Path, expression: str) -> None:
    settings = read_settings(with_line(tmp_path, "platform_etl_schedule", f'"{expression}"'))
    assert settings.etl_schedule == expression


@pytest.mark.parametrize(
    ("instance_type", "architecture"),
    [
        *(("t4g.small", "arm64"), ("m7gd.xlarge", "arm64"), ("c6gn.medium", "arm64"), ("a1.large", "arm64")),
        *(("t3.small", "amd64"), ("t3a.small", "amd64"), ("m7i-flex.large", "amd64"), ("g6.xlarge", "amd64")),
    ],
)
def test_the_architecture_of_a_type_is_read_from_its_name(instance_type: str, architecture: str) -> None:
    assert architecture_of(instance_type) == architecture


@pytest.mark.parametrize(
    ("key", "days"), [("infrequent_access", 0), ("infrequent_access", 30), ("expire", 91)]
)
def test_days_that_s3_takes_are_accepted(tmp_path: Path, key: str, days: int) -> None:
    settings = read_settings(with_line(tmp_path, f"platform_raw_{key}_days", str(days)))
    assert getattr(settings, f"raw_{key}_days") == days


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    path = with_line(tmp_path, "platform_api_burst", "0")
    path.write_text(path.read_text().replace("platform_etl_memory_mb: 2048", "platform_etl_memory_mb: 1"))
    with pytest.raises(SettingsError, match=r"2 place\(s\)"):
        read_settings(path)


def test_a_problem_names_the_line_to_edit(tmp_path: Path) -> None:
    path = with_line(tmp_path, "platform_api_burst", "0")
    last = len(path.read_text().splitlines())
    with pytest.raises(SettingsError, match=rf"line {last}: platform_api_burst must be from 1 to 5000"):
        read_settings(path)


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="--settings PATH"):
        read_settings(tmp_path / "none.yml")


@pytest.mark.parametrize("content", ["", "- a\n", "a: [\n"])
def test_a_file_that_holds_no_settings_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "platform.yml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"platform\.yml must"):
        read_settings(path)


def test_origins_of_web_pages_and_of_a_developers_machine_are_accepted(tmp_path: Path) -> None:
    origins = ["https://shop.example.com", "https://shop.example.com:8443", "http://localhost:3000"]
    settings = read_settings(with_line(tmp_path, "platform_storefront_origins", str(origins)))
    assert settings.storefront_origins == tuple(origins)
