"""The local stack's command line: `python -m local_stack up|down|clean|status|build-image`."""

from __future__ import annotations

import argparse
import sys
import time

from local_stack import parts, podman, processes
from local_stack import state as stack_state
from local_stack.errors import StackError


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def up() -> str:
    """Start what does not run yet."""
    started = time.monotonic()
    state = stack_state.read() or stack_state.create()
    say(f"aws: starting on {state.aws_endpoint_url}")
    state = parts.start_python_part(state, "aws")
    return f"The local stack is up after {time.monotonic() - started:.0f} s. Next: make demo, or make down."


def down() -> str:
    """Stop everything; what was stored stays."""
    state = stack_state.read()
    if state is None:
        return "Nothing to stop: there is no local stack here. Next: make up."
    say("aws: saving and stopping")
    parts.stop_python_part(state, "aws")
    return "The local stack is down; its data is kept in .local/. Next: make up."


def clean() -> str:
    """Stop everything and remove all that was stored."""
    down()
    podman.remove_tree(stack_state.DEFAULT_DIRECTORY)
    return "The local stack and all its data are gone. Next: make demo."


def status() -> str:
    """Say what runs."""
    state = stack_state.read()
    if state is None:
        return "There is no local stack here. Next: make up."
    is_up = processes.is_alive(state.processes.get("aws"))
    say(f"aws         {'up' if is_up else 'down':5} {state.aws_endpoint_url}")
    return "Next: make down." if is_up else "Next: make up."


COMMANDS = {"up": up, "down": down, "clean": clean, "status": status}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the last line says what happened and what to do next."""
    parser = argparse.ArgumentParser(prog="local_stack", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    try:
        say(COMMANDS[parser.parse_args(arguments).command]())
    except StackError as error:
        print(f"local stack: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
