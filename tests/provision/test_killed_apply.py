"""`apply` killed after each of its changing calls in turn: the next ends in the same estate, nothing twice.

The whole stack is walked once, in its order, in this process and without HTTP. Before each thing the emulated
AWS is saved. Then, for every changing call that making the thing takes, a run dies after that call, a new run
(which knows nothing but the settings) is let through, and AWS must hold what it holds when nobody died: the
same settings, and as many objects of every sort (moto_census.py). The thing stays, and the walk goes on.

That covers the whole run, and not only each thing by itself: whatever dies while making one thing, the next
run reaches the very estate from which the rest of the stack is then made. A run that dies before a call
leaves what one leaves that dies after the call before it, so that dying after each covers both. Every kind in
`resources.ALL` must be in the stack, so that none is left out.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from botocore.model import OperationModel
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.s3.models import FakeBucket
from provision import engine
from provision.aws import Aws, read_account
from provision.function_zip import FunctionZip
from provision.resource import Document, Resource
from provision.resources import ALL, SecurityGroupRules
from provision.settings import Settings
from provision.stack import build_stack

from local_stack.aws import gaps, snapshot
from tests.provision.aws_server import neutral
from tests.provision.moto_census import census
from tests.provision.test_round_trip import needed_by

READING = ("Describe", "Get", "List", "Head")


class KilledError(BaseException):
    """The process is gone: nothing may catch this."""


class Mortal:
    """Counts the changing calls of a session, and dies after the given one: no later call goes out."""

    def __init__(self, aws: Aws) -> None:
        self.calls: list[str] = []
        self.live()
        aws.session.events.register("before-call", self._before)
        aws.session.events.register("after-call", self._after)

    def live(self, *, until_call: int | None = None) -> None:
        """A new run, which dies after its changing call of this number."""
        self.until_call, self.is_dead = until_call, False
        self.calls.clear()

    def _before(self, **_: object) -> None:
        if self.is_dead:
            raise KilledError

    def _after(self, model: OperationModel, **_: object) -> None:
        if model.name.startswith(READING):
            return
        self.calls.append(model.name)
        if len(self.calls) == self.until_call:
            self.is_dead = True
            raise KilledError


Outcome = tuple[Document, Counter[str]]


@dataclass(frozen=True)
class World:
    """An emulated AWS that can be saved and brought back, and runs that may die."""

    aws: Aws
    mortal: Mortal
    saved: Path
    write_down: Callable[[], list[Resource]]

    def save(self) -> None:
        """This is what `bring_back` brings back."""
        snapshot.write(self.saved, *snapshot.dump())

    def bring_back(self) -> None:
        """AWS is as it was when it was saved."""
        BackendDict.reset()
        assert snapshot.read(self.saved)

    def run(self, place: int, *, until_call: int | None = None) -> list[Resource]:
        """A new run of `apply`, of the thing at that place of the stack and what it refers to."""
        stack = self.write_down()
        parts = [*needed_by(stack[place], stack), stack[place]]
        self.mortal.live(until_call=until_call)
        engine.apply(parts, self.aws, lambda _line: None)
        return parts

    def outcome(self, place: int) -> Outcome:
        """What is live, and how much of everything there is, after a run that nothing kills."""
        parts = self.run(place)
        stack = self.write_down()
        for later, other in enumerate(stack):
            # AWS lets a new group speak with all the world; when we do not come to end that, its rules do
            if isinstance(other, SecurityGroupRules) and other.group is stack[place]:
                parts = self.run(later)
        return estate(parts, self.aws), census()


@pytest.fixture
def world(
    settings: Settings, small_zips: dict[str, FunctionZip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """An emulated AWS in this process."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(FakeBucket, "get_permission", neutral)
    gaps.install()
    with mock_aws():
        BackendDict.reset()
        aws = Aws(settings.region)
        mortal = Mortal(
            aws
        )  # before the first client is made, which takes the session's handlers as they are
        account = read_account(aws)
        everything = replace(settings, spark_enabled=True)
        yield World(aws, mortal, tmp_path / "saved", lambda: build_stack(everything, account, small_zips))


def estate(parts: Sequence[Resource], aws: Aws) -> Document:
    """The live settings of every thing, with names in place of the ids that AWS makes up."""
    text = json.dumps({f"{part.kind} {part.name}": part.read(aws) for part in parts})
    assert all(part.exists for part in parts)
    text = re.sub(r"pl-[0-9a-f]{17}", "<prefix list>", text)
    text = re.sub(r"[a-z0-9]+\.cloudfront\.net", "<address>", text)
    for part in parts:
        if part.id not in part.name:
            text = text.replace(part.id, f"<id of {part.name}>")
    return in_order(json.loads(text))


def in_order(value: Document) -> Document:
    """The value with its lists sorted: what AWS sorts by its ids comes in another order in every account."""
    if isinstance(value, list):
        return sorted(map(in_order, value), key=repr)
    return {key: in_order(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def kill_at_every_call(world: World, place: int, calls: list[str]) -> None:
    """The thing at this place is made by a run after one that died, for each of its calls."""
    world.bring_back()
    wanted = world.outcome(place)
    for number, name in enumerate(calls, start=1):
        world.bring_back()
        with pytest.raises(KilledError):
            world.run(place, until_call=number)
        assert world.mortal.calls == calls[:number]
        found = world.outcome(place)
        when = f"{world.write_down()[place].name}: killed after call {number}, {name}"
        assert found[0] == wanted[0], when
        assert found[1] == wanted[1], (
            f"{when}: too many {found[1] - wanted[1]}, too few {wanted[1] - found[1]}"
        )


def test_a_run_killed_after_any_call_is_completed_by_the_next_without_duplicates(world: World) -> None:
    stack = world.write_down()
    for place, part in enumerate(stack):
        world.save()
        world.run(place)
        calls = list(world.mortal.calls)
        assert calls, f"{part.kind} {part.name} was there before it was made"
        kill_at_every_call(world, place, calls)
        world.bring_back()
        world.run(place)
    assert {part.kind for part in stack} == {type_.kind for type_ in ALL}
    assert engine.plan(world.write_down(), world.aws).is_empty
