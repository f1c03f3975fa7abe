from dataclasses import replace

import pytest
from provision.aws import Aws, read_account
from provision.settings import read_settings
from provision.stack import build_stack

from tests.judges.estate import Estate, function_names
from tests.provision.conftest import SETTINGS, small_zip, with_address
from tests.provision.emulated_aws import emulated_aws


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    """The whole stack, made once on an emulated AWS, so that every id and ARN in it is a real one."""
    settings = replace(read_settings(SETTINGS), spark_enabled=True)  # everything that a setting can add
    folder = tmp_path_factory.mktemp("zips")
    zips = {name: small_zip(name, folder) for name in function_names()}
    with emulated_aws() as emulated, pytest.MonkeyPatch.context() as environment:
        with_address(emulated.url, environment)
        aws = Aws(settings.region)
        account = read_account(aws)
        stack = build_stack(settings, account, zips)
        for part in stack:
            part.create(aws)
            part.read(aws)  # what is known only of the live thing, such as a version's number
    return Estate(settings, account, stack)
