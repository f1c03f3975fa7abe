"""The ETL runner waits for a run that is under way, and calls again while a backlog is left."""

import io
import json
from typing import Any

import pytest
import run_etl
from run_etl import EtlError


class BusyError(Exception):
    """What Lambda raises above the reserved concurrency."""


class Lambda:
    """Answers as often busy as told, then one answer after the other."""

    class exceptions:  # noqa: N801 - boto3's name
        TooManyRequestsException = BusyError

    def __init__(self, busy_times: int, *answers: dict[str, Any]) -> None:
        self.busy_times, self.answers = busy_times, list(answers)
        self.called: list[tuple[str, str]] = []
        self.requests: list[dict[str, str]] = []

    def invoke(self, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self.requests.append(json.loads(Payload))
        self.called.append((FunctionName, Qualifier))
        if self.busy_times:
            self.busy_times -= 1
            raise BusyError
        return {"Payload": io.BytesIO(json.dumps(self.answers.pop(0)).encode())}


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_etl, "_PAUSE_SECONDS", 0)


def run(client: Lambda) -> dict[str, Any]:
    given: Any = client
    return run_etl.run_etl(given, "etl", {})


def test_a_run_that_is_under_way_is_waited_for(capsys: pytest.CaptureFixture[str]) -> None:
    client = Lambda(3, {"loaded_count": 5, "backlog_hours_count": 0})
    assert run(client) == {"runs_count": 1, "loaded_count": 5}
    assert client.called == [("etl", "live")] * 4
    assert client.requests == [{}] * 4
    assert capsys.readouterr().out.count("another run is under way") == 1


def test_a_run_that_never_ends_is_an_error_and_not_a_hang() -> None:
    with pytest.raises(EtlError, match="still under way"):
        run(Lambda(1000))


def test_a_backlog_is_called_for_again() -> None:
    client = Lambda(
        0,
        {"loaded_count": 5, "backlog_hours_count": 2},
        {"loaded_count": 4, "backlog_hours_count": 0},
    )
    assert run(client) == {"runs_count": 2, "loaded_count": 9}


def reconciled(**answer: object) -> str:
    found: dict[str, Any] = {"reason": "", "days_count": 35, "days_left_count": 0, "orders": {}, **answer}
    client: Any = Lambda(0, found)
    line = run_etl.reconciliation(client, "etl", {"from_date": "2026-03-02"})
    assert client.requests == [{"task": "reconcile", "from_date": "2026-03-02"}]
    return line


def test_a_reconciliation_says_how_many_orders_are_what() -> None:
    orders = {"missing in stream": 2, "missing in shop": 0, "equal": 98}
    assert reconciled(orders=orders) == "reconciliation: 35 days, 100 orders: 2 missing in stream, 98 equal"


def test_a_reconciliation_that_compared_nothing_or_not_all_says_so() -> None:
    assert reconciled(reason="the shop's database holds no orders") == (
        "reconciliation: nothing was compared: the shop's database holds no orders"
    )
    assert reconciled(days_left_count=3).endswith("0 orders: none; 3 older days are left: give their dates")
