"""The command line: python -m provision plan|apply|rollback|destroy|outputs|orphans|operator-policy."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from provision import engine
from provision.aws import Account, Aws, read_account
from provision.errors import ProvisionError, TerminalError
from provision.function_zip import function_zips
from provision.identity import identity_tags
from provision.operator_policy import operator_policies
from provision.orphans import find_orphans
from provision.outputs import as_lines, read_outputs
from provision.plan import EXIT_CHANGES_WAITING, EXIT_ERROR, EXIT_NO_CHANGE
from provision.resource import Resource
from provision.resources import FunctionAlias
from provision.selection import read_references, select
from provision.settings import DEFAULT_PATH, Settings, read_settings
from provision.stack import build_stack

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Run:
    """What every command needs."""

    settings: Settings
    account: Account
    aws: Aws
    stack: list[Resource]


def plan(run: Run, arguments: argparse.Namespace) -> int:
    """Show what apply would change; only describes. Exit code 0: no change, 2: changes waiting, 1: error."""
    waiting = engine.plan(chosen(run, arguments.only), run.aws)
    print(waiting.render())
    return waiting.exit_code


def apply(run: Run, arguments: argparse.Namespace) -> int:
    """Make AWS agree with scripts/provision/stack.py and the settings."""
    parts = chosen(run, arguments.only)
    done = engine.apply(parts, run.aws, report)
    if done.is_empty:
        what = f"what --only {arguments.only} names" if arguments.only else f"all {len(parts)} parts"
        print(f"No change: {what} of {place(run)} {'is' if len(parts) == 1 else 'are'} as wanted.")
        for change in done.of("held"):
            print(f"Held back by a rollback, until there is another version:\n{change.render()}")
        return EXIT_NO_CHANGE
    print(f"Applied to {place(run)}: {len(done.of('create'))} created, {len(done.of('update'))} updated.")
    print("See names and addresses with: python -m provision outputs")
    return EXIT_NO_CHANGE


def destroy(run: Run, arguments: argparse.Namespace) -> int:
    """Delete the stack, last made first. Without --environment-name it only shows what would go."""
    name, include_data = arguments.environment_name, arguments.include_data
    if name is None:
        waiting = engine.plan_destroy(run.stack, run.aws, include_data=include_data)
        print(waiting.render())
        if waiting.is_empty:
            return EXIT_NO_CHANGE
        data = " --include-data" if include_data else ""
        again = f"python -m provision destroy{data} --environment-name {run.settings.environment}"
        print(f"Nothing was deleted. To delete it from {place(run)}, run: {again}")
        return EXIT_CHANGES_WAITING
    if name != run.settings.environment:
        raise TerminalError(
            f"--environment-name must be this environment's name {run.settings.environment}, given {name}: "
            "nothing was deleted. Check --settings."
        )
    done = engine.destroy(run.stack, run.aws, report, include_data=include_data)
    kept = f"{len(done.of('keep'))} kept because they hold data." if done.of("keep") else "Nothing is left."
    if done.is_empty:
        print(f"No change: nothing to delete of {place(run)}. {kept}")
        return EXIT_NO_CHANGE
    print(f"Destroyed {place(run)}: {len(done.of('delete'))} deleted. {kept}")
    return EXIT_NO_CHANGE


def rollback(run: Run, arguments: argparse.Namespace) -> int:
    """Let a function's callers use the version before, or the one named with --to; nothing is deployed."""
    aliases = {part.name: part for part in run.stack if isinstance(part, FunctionAlias)}
    stem = f"{run.settings.project}-{run.settings.environment}-"
    wanted = f"{stem}{arguments.function.removeprefix(stem)}"
    if wanted not in aliases:
        known = ", ".join(sorted(name.removeprefix(stem) for name in aliases))
        raise TerminalError(f"FUNCTION must be one of {known}, given {arguments.function}.")
    before, now = aliases[wanted].roll_back(run.aws, arguments.to)
    print(f"{wanted} runs version {now} now, before it ran {before}.")
    print(
        "Apply leaves it there until another version is published. Back with: "
        f"python -m provision rollback {arguments.function} --to {before}"
    )
    return EXIT_NO_CHANGE


def outputs(run: Run, arguments: argparse.Namespace) -> int:
    """Print names, ids and addresses of the live stack, for people or as JSON."""
    found = read_outputs(run.stack, run.settings, run.account, run.aws)
    print(json.dumps(found, indent=2, sort_keys=True) if arguments.json else as_lines(found))
    return EXIT_NO_CHANGE


def orphans(run: Run, _: argparse.Namespace) -> int:
    """List what carries our tags but is not in the stack; deletes nothing. Exit code 2: some found."""
    found = find_orphans(run.stack, identity_tags(run.settings), run.aws)
    for arn in found:
        print(arn)
    print(f"{len(found)} orphans in {place(run)}." + (" Delete by hand what nobody uses." if found else ""))
    return EXIT_CHANGES_WAITING if found else EXIT_NO_CHANGE


def operator_policy(run: Run, _: argparse.Namespace) -> int:
    """Print the IAM policies, by name, that are all that whoever runs this needs."""
    print(json.dumps(operator_policies(run.settings, run.account), indent=2))
    return EXIT_NO_CHANGE


COMMANDS: dict[str, Callable[[Run, argparse.Namespace], int]] = {
    "plan": plan,
    "apply": apply,
    "rollback": rollback,
    "destroy": destroy,
    "outputs": outputs,
    "orphans": orphans,
    "operator-policy": operator_policy,
}


def build_parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    parser = argparse.ArgumentParser(
        prog="python -m provision",
        description="Makes AWS agree with scripts/provision/stack.py. Credentials and AWS_ENDPOINT_URL come "
        "from the environment, as for every AWS tool.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        sub = subparsers.add_parser(name, help=command.__doc__, description=command.__doc__)
        sub.add_argument(
            "--settings",
            type=Path,
            default=ROOT / DEFAULT_PATH,
            help=f"the settings file (default: {DEFAULT_PATH})",
        )
        if name in {"plan", "apply"}:
            sub.add_argument(
                "--only",
                metavar="NAME",
                help="only what has this name or is of this kind; what it refers to must be there",
            )
        if name == "outputs":
            sub.add_argument("--json", action="store_true", help="as JSON, for programs")
        if name == "rollback":
            sub.add_argument("function", metavar="FUNCTION", help="its name, such as ingest or etl")
            sub.add_argument("--to", type=int, metavar="VERSION", help="its number (default: the one before)")
        if name == "destroy":
            sub.add_argument(
                "--environment-name", metavar="NAME", help="the environment's name, as a confirmation: acts"
            )
            sub.add_argument(
                "--include-data", action="store_true", help="also delete the buckets that hold data"
            )
    return parser


def chosen(run: Run, only: str | None) -> list[Resource]:
    """The parts to work on: all of them, or those that `--only` names, with what they refer to read."""
    if only is None:
        return run.stack
    selected = select(run.stack, only)
    read_references(selected, run.stack, run.aws)
    return selected


def place(run: Run) -> str:
    """Where this run acts, for the last line."""
    return (
        f"{run.settings.project} {run.settings.environment} in account {run.account.id}, {run.account.region}"
    )


def report(line: str) -> None:
    """One line of progress, at once."""
    print(line, flush=True)


def prepare(settings: Settings) -> Run:
    """The stack of these settings in the caller's account."""
    aws = Aws(settings.region)
    account = read_account(aws)
    zips = function_zips(ROOT, settings.function_architecture)
    return Run(settings, account, aws, build_stack(settings, account, zips))


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; errors become a sentence and exit code 1."""
    parsed = build_parser().parse_args(arguments)
    try:
        run = prepare(read_settings(parsed.settings))
        return COMMANDS[parsed.command](run, parsed)
    except ProvisionError as error:
        print(f"Error: {error}", file=sys.stderr)
    except (BotoCoreError, ClientError) as error:
        print(
            f"Error: AWS can't do it: {error}\nCheck the credentials, the region and AWS_ENDPOINT_URL; then "
            "run the same command again, it goes on where it stopped.",
            file=sys.stderr,
        )
    return EXIT_ERROR


if __name__ == "__main__":
    sys.exit(main())
