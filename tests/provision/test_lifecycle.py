"""What S3 is told to do with objects as they grow old, by the settings."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.resource import Document
from provision.resources import Bucket
from provision.settings import Settings
from provision.stack import build_stack

ABORT = "abort-unfinished-uploads"


Build = Callable[..., Bucket]


@pytest.fixture
def bucket(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> Build:
    """Finds a bucket of the stack that is written down with changed settings."""

    def find(what: str, **changes: Document) -> Bucket:
        stack = build_stack(replace(settings, **changes), account, small_zips)
        name = f"cloudworks-production-{what}-{account.id}"
        return next(part for part in stack if isinstance(part, Bucket) and part.name == name)

    return find


@pytest.mark.parametrize(
    ("days", "rules"),
    [
        ((0, 0), {}),
        ((30, 0), {"to-infrequent-access": {"Transitions": [{"Days": 30, "StorageClass": "STANDARD_IA"}]}}),
        ((0, 365), {"expire": {"Expiration": {"Days": 365}}}),
        (
            (90, 365),
            {
                "to-infrequent-access": {"Transitions": [{"Days": 90, "StorageClass": "STANDARD_IA"}]},
                "expire": {"Expiration": {"Days": 365}},
            },
        ),
    ],
)
def test_raw_grows_old_as_the_settings_say(
    days: tuple[int, int], rules: dict[str, dict[str, object]], bucket: Build, aws: Aws
) -> None:
    raw = bucket("raw", raw_infrequent_access_days=days[0], raw_expire_days=days[1])
    raw.create(aws)
    live = aws.s3.get_bucket_lifecycle_configuration(Bucket=raw.name)["Rules"]
    found = {
        rule["ID"]: {key: value for key, value in rule.items() if key not in {"ID", "Status", "Filter"}}
        for rule in live
        if rule["ID"] not in {ABORT, "expire-old-versions"}
    }
    assert found == rules
    assert {rule["Status"] for rule in live} == {"Enabled"}


@pytest.mark.parametrize(
    ("what", "versioning", "rules"),
    [
        ("media", "Enabled", [ABORT, "expire-old-versions"]),
        ("processed", "Off", [ABORT, "expire-athena-results"]),
        ("artifacts", "Enabled", [ABORT, "expire-old-versions"]),
        ("backups", "Enabled", [ABORT, "expire-old-versions"]),
        ("transfer", "Off", [ABORT, "expire"]),
        ("access-logs", "Off", [ABORT, "expire"]),
    ],
)
def test_only_old_versions_go_elsewhere(what: str, versioning: str, rules: list[str], bucket: Build) -> None:
    wanted = bucket(what).wanted()
    assert wanted["versioning"] == versioning
    assert [rule["ID"] for rule in wanted["lifecycle"]] == rules


def test_another_age_is_planned_as_the_lifecycle_and_nothing_else(bucket: Build, aws: Aws) -> None:
    bucket("raw").create(aws)
    changed = bucket("raw", raw_expire_days=400)
    (change,) = engine.plan([changed], aws).changes
    assert (change.action, [one.setting for one in change.settings]) == ("update", ["lifecycle"])
    changed.update(aws, {"lifecycle"})
    assert engine.plan([changed], aws).is_empty


def test_nothing_that_is_handed_to_hosts_outlives_a_day_whatever_the_settings(bucket: Build) -> None:
    """Ansible's modules go through it with their arguments, secrets among them."""
    transfer = bucket("transfer", abort_multipart_days=30, access_log_days=400)
    rules = {rule["ID"]: rule for rule in transfer.wanted()["lifecycle"]}
    assert rules["expire"]["Expiration"] == {"Days": 1}
    assert rules[ABORT]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert {rule["Filter"]["Prefix"] for rule in rules.values()} == {""}
    assert not transfer.keep
