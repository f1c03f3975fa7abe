import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from provision import engine
from provision.aws import Account, Aws, read_account
from provision.function_zip import FunctionZip, ZipSources
from provision.settings import Settings, read_settings
from provision.stack import build_stack

from tests.provision.emulated_aws import ROOT, EmulatedAws, emulated_aws

SETTINGS = ROOT / "inventory/group_vars/all/platform.yml"
FUNCTIONS = ("ingest", "etl", "shop")


@pytest.fixture(scope="session")
def emulated() -> Iterator[EmulatedAws]:
    with emulated_aws() as running:
        yield running


@pytest.fixture
def endpoint(
    emulated: EmulatedAws,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """The emulated AWS as the environment names it to every AWS tool: empty, or as `applied` has it."""
    with_address(emulated.url, monkeypatch)
    if "applied" in request.fixturenames:
        emulated.hold("applied", lambda: apply_all(tmp_path_factory.mktemp("applied")))
    else:
        emulated.empty()
    return emulated.url


@pytest.fixture
def applied(endpoint: str) -> str:
    """The emulated AWS holds the whole stack of the project's own settings, which one `apply` made."""
    return endpoint


def with_address(url: str, environment: pytest.MonkeyPatch) -> None:
    """The environment names this address to every AWS tool, and nothing else of AWS."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
        environment.delenv(name, raising=False)
    environment.setenv("AWS_ENDPOINT_URL", url)
    environment.setenv("AWS_ACCESS_KEY_ID", "test")
    environment.setenv("AWS_SECRET_ACCESS_KEY", "test")


def apply_all(folder: Path) -> None:
    """The whole stack of the project's own settings is made."""
    settings = read_settings(SETTINGS)
    aws = Aws(settings.region)
    zips = {function: small_zip(function, folder) for function in FUNCTIONS}
    engine.apply(build_stack(settings, read_account(aws), zips), aws, lambda _line: None)


@pytest.fixture
def settings() -> Settings:
    return read_settings(SETTINGS)


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
    return {function: small_zip(function, tmp_path) for function in FUNCTIONS}


def small_zip(function: str, folder: Path, body: str = "return None") -> FunctionZip:
    source = folder / f"source-{function}"
    source.mkdir(exist_ok=True)
    (source / "handler.py").write_text(f"def handler(event, context):\n    {body}\n")
    return FunctionZip(ZipSources(function, {function: source}), folder / "build")


def names_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()
