"""Makes and removes an estate: `python -m local_stack.hosts create` reads from standard input what it is."""

from __future__ import annotations

import argparse
import json
import sys
import time

from local_stack.errors import StackError
from local_stack.hosts import estate as estates
from local_stack.hosts import life


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the last line says what happened."""
    parser = argparse.ArgumentParser(prog="python -m local_stack.hosts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("create", help="make the estate that standard input describes in JSON, from nothing")
    commands.add_parser("destroy", help="remove an estate and all that is in it").add_argument("name")
    told = parser.parse_args(arguments)
    started = time.monotonic()
    try:
        if told.command == "create":
            estate = estates.of_document(json.load(sys.stdin))
            life.create(estate, say)
            say(f"{len(estate.hosts)} hosts run after {time.monotonic() - started:.1f} s")
        else:
            life.destroy(estates.Estate(told.name, "", ()))
            say(f"{told.name} is gone after {time.monotonic() - started:.1f} s")
    except StackError as error:
        print(f"hosts: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
