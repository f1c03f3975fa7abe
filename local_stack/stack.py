"""Brings a whole local stack up and down: the AWS API, the edge, both databases and the dashboards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from local_stack import parts, podman, postgres, processes
from local_stack.dashboards import server as dashboards
from local_stack.image.build import ensure_image
from local_stack.state import StackState

ALL_PARTS = ("postgres", "oltp", "aws", "edge", "dashboards")
Say = Callable[[str], None]


def start(state: StackState, say: Say, wanted: tuple[str, ...] = ALL_PARTS) -> StackState:
    """Every wanted part answers. Idempotent: what runs stays."""
    state = replace(state, image=ensure_image(say)).save()
    for database, cluster in postgres.CLUSTERS.items():
        if cluster.part in wanted:
            say(f"{cluster.part}: starting on {state.postgres_host}:{state.database_port(database)}")
            postgres.start(state, state.image, database)
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
    say("postgres, oltp: stopping")
    for database in postgres.CLUSTERS:
        postgres.stop(state, database)
    podman.remove_all(state)
    return state


def running_parts(state: StackState) -> dict[str, bool]:
    """Say of each part whether it runs."""
    return {
        **{cluster.part: podman.is_running(state, cluster.part) for cluster in postgres.CLUSTERS.values()},
        "aws": processes.is_alive(state.processes.get("aws")),
        "edge": processes.is_alive(state.processes.get("edge")),
        "dashboards": podman.is_running(state, "dashboards"),
    }
