"""Brings a whole local stack up and down: the AWS API, the edge, PostgreSQL and the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from local_stack import parts, podman, postgres, processes
from local_stack.dashboards import server as dashboards
from local_stack.image.build import ensure_image
from local_stack.state import StackState

ALL_PARTS = ("postgres", "aws", "edge", "dashboards")
Say = Callable[[str], None]


def start(state: StackState, say: Say, wanted: tuple[str, ...] = ALL_PARTS) -> StackState:
    """Every wanted part answers. Idempotent: what runs stays."""
    state = replace(state, image=ensure_image(say)).save()
    if "postgres" in wanted:
        say(f"postgres: starting on {state.postgres_host}:{state.postgres_port}")
        postgres.start(state, state.image)
    for part in ("aws", "edge"):
        if part in wanted:
            say(f"{part}: starting on {parts.url_of(state, part)}")
            state = parts.start_python_part(state, part)
    if "dashboards" in wanted:
        say(f"dashboards: starting on {state.dashboards_url}")
        dashboards.start(state, state.image)
    return state


def stop(state: StackState, say: Say) -> StackState:
    """No process and no container of this stack runs; what was stored stays."""
    say("dashboards, edge: stopping")
    dashboards.stop(state)
    state = parts.stop_python_part(state, "edge")
    say("aws: saving and stopping")
    state = parts.stop_python_part(state, "aws")
    say("postgres: stopping")
    postgres.stop(state)
    podman.remove_all(state)
    return state


def running_parts(state: StackState) -> dict[str, bool]:
    """Say of each part whether it runs."""
    return {
        "postgres": podman.is_running(state, "postgres"),
        "aws": processes.is_alive(state.processes.get("aws")),
        "edge": processes.is_alive(state.processes.get("edge")),
        "dashboards": podman.is_running(state, "dashboards"),
    }
