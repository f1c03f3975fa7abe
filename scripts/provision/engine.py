"""Makes AWS agree with a stack: plan, apply, destroy. It knows no service; resources do the talking."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from provision.aws import Aws
from provision.errors import TerminalError
from provision.plan import Change, Plan, SettingChange
from provision.resource import LiveSettings, Resource

Report = Callable[[str], None]
PAST = {"create": "created", "update": "updated", "delete": "deleted", "held": "held back"}


class BlockedError(TerminalError):
    """The stack wants what AWS cannot change in place; nothing was changed."""


def plan(stack: Sequence[Resource], aws: Aws) -> Plan:
    """What `apply` would do; makes only describe calls."""
    changes = (change_of(resource, resource.read(aws)) for resource in stack)
    return Plan(tuple(change for change in changes if change))


def change_of(resource: Resource, live: LiveSettings | None) -> Change | None:
    """The change that brings one thing from its live settings to its wanted ones, None when they agree."""
    wanted = resource.wanted()
    if live is None:
        settings = tuple(SettingChange(key, None, value) for key, value in wanted.items())
        return Change("create", resource.kind, resource.name, settings)
    settings = tuple(
        SettingChange(key, live.get(key), value) for key, value in wanted.items() if live.get(key) != value
    )
    if not settings:
        return None
    to_change = tuple(change for change in settings if change.setting not in resource.held)
    if not to_change:
        return Change("held", resource.kind, resource.name, settings)
    settings = to_change
    is_blocked = any(change.setting in resource.blocked for change in settings)
    return Change("blocked" if is_blocked else "update", resource.kind, resource.name, settings)


def apply(stack: Sequence[Resource], aws: Aws, report: Report) -> Plan:
    """AWS agrees with the stack; returns what was done. What is blocked is refused before that."""
    first = plan(stack, aws)
    refuse_blocked(first)
    if first.is_empty:
        return first
    done = []
    for number, resource in enumerate(stack, start=1):
        started = time.monotonic()
        # Read again: the ids that this one refers to may be known only now.
        change = change_of(resource, resource.read(aws))
        if change:
            refuse_blocked(Plan((change,)))
            done.append(change)
        if change and change.action != "held":
            _act(resource, change, aws)
        verb = PAST[change.action] if change else "no change"
        seconds = time.monotonic() - started
        report(f"[{number:2}/{len(stack)}] {verb:9} {resource.kind} {resource.name} ({seconds:.1f} s)")
    return Plan(tuple(done))


def refuse_blocked(waiting: Plan) -> None:
    """Raises when the plan holds a setting that AWS cannot change in place."""
    blocked = waiting.of("blocked")
    if blocked:
        raise BlockedError(
            "AWS cannot change these settings in place, so nothing was changed:\n"
            + "\n".join(change.render() for change in blocked)
            + "\nPut the settings back as they are live, or destroy the thing first and apply again."
        )


def _act(resource: Resource, change: Change, aws: Aws) -> None:
    if change.action == "create":
        resource.create(aws)
    else:
        resource.update(aws, {setting.setting for setting in change.settings})


def plan_destroy(stack: Sequence[Resource], aws: Aws, *, include_data: bool) -> Plan:
    """What `destroy` would delete and keep, last made first; makes only describe calls."""
    # Read in the stack's order, because parts are found through what they belong to.
    live = [resource for resource in stack if resource.read(aws) is not None]
    return Plan(
        tuple(
            Change("keep" if resource.keep and not include_data else "delete", resource.kind, resource.name)
            for resource in reversed(live)
        )
    )


def destroy(stack: Sequence[Resource], aws: Aws, report: Report, *, include_data: bool) -> Plan:
    """The stack is gone, save what holds data unless `include_data`; returns what was done."""
    decided = plan_destroy(stack, aws, include_data=include_data)
    by_name = {(resource.kind, resource.name): resource for resource in stack}
    for number, change in enumerate(decided.changes, start=1):
        started = time.monotonic()
        place = f"[{number:2}/{len(decided.changes)}]"
        if change.action == "delete":
            resource = by_name[change.kind, change.name]
            if resource.slow_to_delete:
                report(f"{place} deleting  {change.kind} {change.name}: {resource.slow_to_delete}")
            resource.delete(aws)
        verb = PAST.get(change.action, "kept")
        seconds = time.monotonic() - started
        report(f"{place} {verb:9} {change.kind} {change.name} ({seconds:.1f} s)")
    return decided
