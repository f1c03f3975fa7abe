import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from provision.aws import Account, Aws, read_account
from provision.function_zip import FunctionZip, ZipSources
from provision.settings import Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """An emulated AWS of these tests' own, on a port that was free."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("aws_server.py"))],
        env={**environment, "PYTHONPATH": f"{ROOT}/scripts:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    process.stdin.close()
    process.wait(timeout=20)


@pytest.fixture
def endpoint(server_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The emulated AWS, empty, as the environment names it to every AWS tool."""
    requests.post(f"{server_url}/moto-api/reset", timeout=20).raise_for_status()
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return server_url


@pytest.fixture
def settings() -> Settings:
    return read_settings(ROOT / "inventory/group_vars/all/platform.yml")


@pytest.fixture
def aws(endpoint: str, settings: Settings) -> Aws:
    assert endpoint
    return Aws(settings.region)


@pytest.fixture
def account(aws: Aws) -> Account:
    return read_account(aws)


@pytest.fixture
def small_zips(tmp_path: Path) -> dict[str, FunctionZip]:
    """Every function with one line of code each and no wheels."""
    return {function: small_zip(function, tmp_path) for function in ("ingest", "etl", "shop")}


def small_zip(function: str, folder: Path, body: str = "return None") -> FunctionZip:
    source = folder / f"source-{function}"
    source.mkdir(exist_ok=True)
    (source / "handler.py").write_text(f"def handler(event, context):\n    {body}\n")
    return FunctionZip(ZipSources(function, {function: source}), folder / "build")


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()
