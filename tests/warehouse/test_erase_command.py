"""The command as an operator runs it: it shows first, asks, counts, erases, and hands out a certificate."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.warehouse.erasures import ANNA, PHONE, TABLET, busy_days, places_with
from tests.warehouse.pipeline import Pipeline

ROOT = Path(__file__).parents[2]


def command(pipeline: Pipeline, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    body = pipeline.s3.get_object(Bucket="artifacts", Key="secrets/warehouse-loader.json")["Body"].read()
    fields = psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(**json.loads(body)))
    environment = {
        **os.environ, **pipeline.environment,
        "PYTHONPATH": f"{ROOT}/scripts:{ROOT}/lambda_src",
        "PGHOST": str(fields["host"]), "PGPORT": str(fields["port"]), "PGDATABASE": str(fields["dbname"]),
        "PGUSER": str(fields["user"]), "PGPASSWORD": str(fields["password"]),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "scripts/erase_visitor.py", "--certificates", str(folder), *options],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


@pytest.fixture
def shop(pipeline: Pipeline) -> Pipeline:
    pipeline.put(*busy_days(5))
    pipeline.run()
    return pipeline


def test_it_shows_the_browsers_and_asks(shop: Pipeline, tmp_path: Path) -> None:
    before = shop.content()
    asked = command(shop, tmp_path, "--user", ANNA)
    assert asked.returncode == 1
    assert f"browser {PHONE}: " in asked.stdout
    assert f"browser {TABLET}: " in asked.stdout
    assert "1 other accounts: not taken along" in asked.stdout
    assert "say --with-browsers" in asked.stderr
    assert command(shop, tmp_path).returncode == 1
    assert shop.content() == before


def test_dry_run_counts_what_the_erasure_then_removes(shop: Pipeline, tmp_path: Path) -> None:
    before = shop.content(), shop.processed()
    options = ("--user", ANNA, "--with-browsers")
    counted = command(shop, tmp_path, *options, "--dry-run")
    assert counted.returncode == 0, counted.stderr
    assert "nothing was changed" in counted.stdout
    assert (shop.content(), shop.processed()) == before
    assert list(tmp_path.iterdir()) == []
    done = command(shop, tmp_path, *options)
    assert done.returncode == 0, done.stderr
    (document,) = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    raw = document["raw"]
    said = f"raw: {raw['lines_erased_count']} lines in {raw['objects_rewritten_count']} objects"
    assert raw["lines_erased_count"] > 0
    assert said in counted.stdout
    for table, count in document["warehouse_rows_removed"].items():
        assert f"{table}: {count} rows" in counted.stdout
    assert "arn:aws:" in document["requested_by"]
    (text,) = [path.read_text() for path in tmp_path.glob("*.txt")]
    assert text in done.stdout
    assert ANNA not in text + json.dumps(document)
    assert places_with(shop, ANNA) == []


def test_erasing_again_finds_nothing_and_changes_nothing(shop: Pipeline, tmp_path: Path) -> None:
    options = ("--user", ANNA, "--browser", PHONE, "--without-browsers")
    assert command(shop, tmp_path, *options).returncode == 0
    after = shop.content(), shop.processed()
    again = command(shop, tmp_path, *options)
    assert again.returncode == 0, again.stderr
    assert "raw: 0 lines in 0 objects" in again.stdout
    assert (shop.content(), shop.processed()) == after


def test_certificate_erases_the_same_person_again_when_a_backup_brought_them_back(
    shop: Pipeline, tmp_path: Path
) -> None:
    options = ("--user", ANNA, "--with-browsers")
    assert command(shop, tmp_path, *options).returncode == 0
    after = shop.content(), shop.processed()
    (certificate,) = tmp_path.glob("*.json")
    # as after a restore: nothing in the warehouse knows of the erasure, and their rows are there
    shop.put(*busy_days(5))
    shop.empty_warehouse()
    shop.run()
    assert places_with(shop, ANNA)
    again = command(shop, tmp_path, "--again", str(certificate))
    assert again.returncode == 0, again.stderr
    assert places_with(shop, ANNA) == places_with(shop, PHONE) == []
    assert (shop.content(), shop.processed()) == after
    certificate.write_text("{}")
    refused = command(shop, tmp_path, "--again", str(certificate))
    assert (refused.returncode, "no certificate" in refused.stderr) == (1, True)


def test_it_says_what_is_missing(pipeline: Pipeline, tmp_path: Path) -> None:
    settings = command(pipeline, tmp_path, "--browser", "x", "--settings", str(tmp_path / "none.yml"))
    assert settings.returncode == 1
    assert "none.yml" in settings.stderr
    assert "Traceback" not in settings.stderr
