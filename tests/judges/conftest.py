from collections.abc import Iterator

import pytest
import requests
from provision.aws import Aws, read_account
from provision.settings import read_settings
from provision.stack import build_stack

from tests.judges.estate import Estate, function_names
from tests.provision.conftest import ROOT, server_url, small_zip  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def estate(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:  # noqa: F811 - the fixture
    """The whole stack, made once on an emulated AWS, so that every id and ARN in it is a real one."""
    requests.post(f"{server_url}/moto-api/reset", timeout=20).raise_for_status()
    settings = read_settings(ROOT / "inventory/group_vars/all/platform.yml")
    folder = tmp_path_factory.mktemp("zips")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"):
            environment.delenv(name, raising=False)
        environment.setenv("AWS_ENDPOINT_URL", server_url)
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        aws = Aws(settings.region)
        account = read_account(aws)
        stack = build_stack(settings, account, {name: small_zip(name, folder) for name in function_names()})
        for part in stack:
            part.create(aws)
            part.read(aws)  # what is known only of the live thing, such as a version's number
        yield Estate(settings, account, stack)
