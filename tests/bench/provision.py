"""Measure provisioning against the emulated AWS, and Ansible's own modules beside it; no test looks at times.

Each step is a process of its own. Calls are counted by the server; seconds are those of the step's process
and its children. `make bench-provision` writes build/bench/provision.json.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from provision import engine
from provision.aws import Account, Aws, read_account
from provision.resource import Resource
from provision.settings import Settings, read_settings
from provision.stack import build_stack

from tests.bench.amazon_aws import KINDS, playbook
from tests.provision.conftest import small_zip
from tests.provision.emulated_aws import ROOT

ANSIBLE = "ansible==12.3.0"  # carries amazon.aws and community.aws, for the ansible-core of the lock
FUNCTIONS = [path.parent.name for path in sorted(ROOT.glob("lambda_src/*/handler.py"))]
Figures = dict[str, Any]


def stack_of(settings: Settings, account: Account, what: str, folder: Path) -> list[Resource]:
    """The whole stack, or the part of it that Ansible's modules can make, too."""
    stack = build_stack(settings, account, {name: small_zip(name, folder) for name in FUNCTIONS})
    return stack if what == "all" else [part for part in stack if isinstance(part, KINDS)]


def step(verb: str, what: str, folder: Path) -> None:
    """One step, in this process."""
    settings = read_settings()
    aws = Aws(settings.region)
    stack = stack_of(settings, read_account(aws), what, folder)
    if verb == "plan":
        engine.plan(stack, aws)
    elif verb == "apply":
        engine.apply(stack, aws, lambda _line: None)
    else:
        engine.destroy(stack, aws, lambda _line: None, include_data=True)


@contextmanager
def emulated_aws(folder: Path) -> Iterator[str]:
    """The address of an empty emulated AWS that records its calls."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    environment["MOTO_RECORDER_FILEPATH"] = str(folder / "calls")
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/provision/aws_server.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    server.stdin.close()
    server.wait(timeout=20)


def access(url: str) -> dict[str, str]:
    """The environment in which every AWS tool speaks with the emulated AWS."""
    keys = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "test")
    return {"AWS_ENDPOINT_URL": url, "AWS_REGION": read_settings().region, **keys}


def measured(command: list[str], url: str) -> Figures:
    """Calls and seconds of one command against the emulated AWS at `url`."""
    environment = {**os.environ, **access(url), "ANSIBLE_NOCOLOR": "1"}
    recorder = f"{url}/moto-api/recorder"
    for action in ("reset-recording", "start-recording"):
        requests.post(f"{recorder}/{action}", timeout=20).raise_for_status()
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    wall_seconds, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(
            f"{' '.join(command)} must end well, but it says:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        )
    requests.post(f"{recorder}/stop-recording", timeout=20).raise_for_status()
    calls = requests.get(f"{recorder}/download-recording", timeout=20).text.splitlines()
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    changed = re.findall(r"changed=(\d+)", done.stdout)  # Ansible's own count, in its recap
    return {
        **({"changed_tasks": int(changed[-1])} if changed else {}),
        "api_calls": len(calls),
        "wall_seconds": round(wall_seconds, 1),
        "cpu_seconds": round(cpu_seconds, 1),
    }


def own(verb: str, what: str, folder: Path) -> list[str]:
    """The command of one of our own steps."""
    return [sys.executable, "-m", "tests.bench.provision", "--step", verb, what, str(folder)]


def life(folder: Path) -> Figures:
    """The whole stack: made, planned, applied again, destroyed."""
    steps = {"apply": "apply", "empty plan": "plan", "apply without change": "apply", "destroy": "destroy"}
    with emulated_aws(folder) as url:
        return {name: show(name, measured(own(verb, "all", folder), url)) for name, verb in steps.items()}


def subset(ansible_playbook: str, folder: Path) -> Figures:
    """The same part of the stack by this toolkit and by Ansible's modules: made, and again without change."""
    with emulated_aws(folder) as url:
        ours = {name: measured(own("apply", "subset", folder), url) for name in ("first", "again")}
    show("subset, this toolkit", ours)
    with emulated_aws(folder) as url:
        os.environ.update(access(url))
        settings = read_settings()
        parts = stack_of(settings, read_account(Aws(settings.region)), "subset", folder)
        path = folder / "playbook.yml"
        path.write_text(playbook(parts, settings.region), encoding="utf-8")
        command = [ansible_playbook, "-i", "localhost,", str(path)]
        modules = {name: measured(command, url) for name in ("first", "again")}
    show("subset, Ansible's modules", modules)
    ratios = {
        name: {key: round(modules[name][key] / ours[name][key], 1) for key in ours[name]} for name in ours
    }
    kinds = sorted({part.kind for part in parts})
    figures = {"resources": len(parts), "kinds": kinds, "this_toolkit": ours, "ansible_modules": modules}
    return {**figures, "ansible_modules_by_this_toolkit": ratios}


def show(what: str, figures: Figures) -> Figures:
    """The figures, told as they come."""
    print(f"{what}: {json.dumps(figures)}", flush=True)
    return figures


def ansible_with_modules(folder: Path) -> str:
    """The `ansible-playbook` of an environment of its own: the lock has ansible-core alone."""
    playbook_command = folder / "bin" / "ansible-playbook"
    if not playbook_command.exists():
        print(f"installing {ANSIBLE} into {folder}, some minutes", flush=True)
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), ANSIBLE, "boto3"]
        subprocess.run(install, check=True)
    return str(playbook_command)


def main() -> None:
    """Measure everything and write build/bench/provision.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--step", nargs=3, metavar=("VERB", "WHAT", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--ansible-playbook", help="one that has amazon.aws (default: installed by uv)")
    arguments = parser.parse_args()
    if arguments.step:
        verb, what, folder = arguments.step
        step(verb, what, Path(folder))
        return
    target = ROOT / "build/bench"
    target.mkdir(parents=True, exist_ok=True)
    ansible_playbook = arguments.ansible_playbook or ansible_with_modules(target / "ansible")
    with tempfile.TemporaryDirectory() as folder:
        stack = stack_of(read_settings(), Account("123456789012", "x", "pl-1"), "all", Path(folder))
        sources = sorted((ROOT / "scripts/provision").rglob("*.py"))
        figures = {
            "resources": len(stack),
            "kinds": len({part.kind for part in stack}),
            "lines_in_scripts_provision": sum(len(path.read_text().splitlines()) for path in sources),
            "life": life(Path(folder)),
            "subset": subset(ansible_playbook, Path(folder)),
        }
    path = target / "provision.json"
    path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(f"{path.relative_to(ROOT)}: written.")


if __name__ == "__main__":
    main()
