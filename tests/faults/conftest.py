"""A private PostgreSQL and an emulated S3 behind relays, and a process that gives birth to runs."""

import json
from collections.abc import Iterator

import pytest

from local_stack.state import StackState
from tests.faults.figures import Figures
from tests.faults.ground import Ground, relayed_environment
from tests.faults.postgres_relay import PostgresRelay
from tests.faults.runs import Nursery, nursery
from tests.faults.s3_relay import S3Relay
from tests.warehouse.conftest import pipeline, postgres, warm_pipeline
from tests.warehouse.pipeline import Pipeline

__all__ = ["pipeline", "postgres", "warm_pipeline"]
RELAYED_LOGIN = "secrets/relayed.json"


@pytest.fixture(scope="session")
def warm_nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    with nursery(tmp_path_factory.mktemp("runs")) as made:
        yield made


@pytest.fixture(scope="session")
def warm_ground(postgres: StackState, warm_pipeline: Pipeline, warm_nursery: Nursery) -> Iterator[Ground]:
    login = postgres.libpq_fields("loader")
    s3 = S3Relay(warm_pipeline.environment["AWS_ENDPOINT_URL"])
    relay = PostgresRelay(str(login["host"]), int(login["port"]))
    # the relay reads along, so that nothing may be encrypted
    relayed = {**login, "port": relay.port, "sslmode": "disable", "gssencmode": "disable"}
    warm_pipeline.s3.put_object(Bucket="artifacts", Key=RELAYED_LOGIN, Body=json.dumps(relayed))
    environment = relayed_environment(warm_pipeline, s3, RELAYED_LOGIN)
    yield Ground(warm_pipeline, warm_nursery, s3, relay, environment)
    relay.close()
    s3.close()


@pytest.fixture
def ground(warm_ground: Ground, pipeline: Pipeline) -> Iterator[Ground]:
    """Empty, and without any fault; no run is left behind."""
    assert pipeline is warm_ground.pipeline
    warm_ground.longest_wait_seconds = 0.0
    warm_ground.request = {"from_date": "2026-03-02", "to_date": "2026-03-03"}
    warm_ground.journey()
    yield warm_ground
    warm_ground.nursery.end_all()


@pytest.fixture
def figures(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Figures]:
    """What a test measures; when it passes, they are written and said in one line."""
    made = Figures(request.node.name.removeprefix("test_"))
    yield made
    if made.values:
        made.write()
        with capsys.disabled():
            print(f"\n{made.line()}")
