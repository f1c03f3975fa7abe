"""The local stack's command line: `python -m local_stack up|down|clean|status|build-image`."""

from __future__ import annotations

import argparse
import sys
import time

from local_stack import podman, stack
from local_stack import state as stack_state
from local_stack.dashboards.server import page_url
from local_stack.errors import StackError
from local_stack.hosts import leftovers
from local_stack.hosts.image.build import HOST
from local_stack.image.build import ensure_image, image_tag


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def up() -> str:
    """Start what does not run yet."""
    started = time.monotonic()
    state = stack.start(stack_state.read() or stack_state.create(), say)
    say(f"  AWS API     {state.aws_endpoint_url}")
    say(f"  events API  {state.api_url}")
    say(f"  storefront  {state.storefront_url}/")
    say(f"  sign-in     {state.sign_in_url}")
    say(f"  warehouse   {state.postgres_host}:{state.postgres_port}")
    say(f"  shop (OLTP) {state.postgres_host}:{state.oltp_port}")
    say(f"  dashboards  {page_url(state)}")
    return f"The local stack is up after {time.monotonic() - started:.0f} s. Next: make demo, or make down."


def down() -> str:
    """Stop everything; what was stored stays."""
    state = stack_state.read()
    if state is None:
        return "Nothing to stop: there is no local stack here. Next: make up."
    stack.stop(state, say)
    return "The local stack is down; its data is kept in .local/. Next: make up."


def clean() -> str:
    """Stop everything, and remove all that was stored and the image."""
    down()
    leftovers.remove()
    podman.remove_tree(stack_state.DEFAULT_DIRECTORY)
    for image in (image_tag(), HOST.tag()):
        if podman.has_image(image) and podman.podman("rmi", image, check=False).returncode != 0:
            say(f"image: {image} stays, another checkout uses it")
    return "The local stack and all its data are gone. Next: make demo."


def status() -> str:
    """Say what runs."""
    state = stack_state.read()
    if state is None:
        return "There is no local stack here. Next: make up."
    running = stack.running_parts(state)
    for part, is_running in running.items():
        say(f"  {part:11} {'up' if is_running else 'down'}")
    return "Everything runs. Next: make demo, or make down." if all(running.values()) else "Next: make up."


def build_image() -> str:
    """Build the image, if this machine does not have it."""
    return f"The image {ensure_image(say)} is here. Next: make up."


COMMANDS = {"up": up, "down": down, "clean": clean, "status": status, "build-image": build_image}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the last line says what happened and what to do next."""
    described = "; ".join(
        f"{name}: {(command.__doc__ or '').rstrip('.')}" for name, command in COMMANDS.items()
    )
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=described)
    parser.add_argument("command", choices=sorted(COMMANDS))
    try:
        say(COMMANDS[parser.parse_args(arguments).command]())
    except StackError as error:
        print(f"local stack: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
