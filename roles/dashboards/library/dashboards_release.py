#!/usr/bin/python
"""Serves one release of the dashboards, after it has answered, or goes back to the one before."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.dashboards_folder import (
    ReleaseError,
    current_of,
    discard,
    kept_in,
    prune,
    switch,
    unpack,
)

DOCUMENTATION = r"""
module: dashboards_release
short_description: Serves one release of the dashboards, after it has answered
description:
  - Unpacks C(archives/<release>.tar.gz), asks the release on the trial listener how it and the database are,
    renames the link C(current), and waits until every worker answers with it. If one does not, the link goes
    back. Who has a page open stays with the release that the page came from.
options:
  root: {type: path, required: true, description: The folder of archives and releases.}
  release: {type: str, default: "", description: Its id; when rolled back and empty, the one before.}
  state: {type: str, choices: [served, rolled_back], default: served, description: What must be so.}
  is_named: {type: bool, default: false, description: A person chose it; it is served though held back.}
  app: {type: str, required: true, description: The app that is asked.}
  keep: {type: int, default: 5, description: Releases that stay on the host.}
  answer_seconds: {type: int, default: 90, description: How long a release may take to answer.}
  configuration: {type: path, default: /etc/cloudworks/shiny-server.conf, description: Names the ports.}
author: [CloudWorks]
"""

LISTENER = re.compile(r"listen (\d+) [\d.]+;.*?site_dir (\S+);", re.DOTALL)
PAUSE_SECONDS = 0.5
LAST_LINES = 12


class Answer(NamedTuple):
    """What an app said of itself."""

    is_well: bool
    is_running: bool
    release: str
    words: str


class Listeners(NamedTuple):
    """The ports of Shiny Server: where releases are tried, and where they are served."""

    trial: int
    workers: tuple[int, ...]


def listeners_of(configuration: str, root: Path) -> Listeners:
    """Return the ports that serve what is below root."""
    found = [(int(port), site) for port, site in LISTENER.findall(configuration)]
    trial = [port for port, site in found if site == str(root / "releases")]
    workers = tuple(port for port, site in found if site == str(root / "current"))
    if not trial or not workers:
        raise ReleaseError(f"Shiny Server must serve {root}, and serves {found}. Next: the role shiny_server")
    return Listeners(trial[0], workers)


def ask(url: str, timeout_seconds: float) -> Answer:
    """Return what the health page at url says; silence and answers that are none of ours are words, too."""
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds) as reply:  # noqa: S310 - our own http address
            status, body = reply.status, reply.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    except (urllib.error.URLError, OSError) as error:
        return Answer(is_well=False, is_running=False, release="", words=f"no answer ({error})")
    try:
        said = json.loads(body)
        words = f"app {said['app']}, database {said['database']}"
        return Answer(status == 200, is_running=True, release=said["release"], words=words)
    except (ValueError, KeyError, TypeError):
        return Answer(
            is_well=False, is_running=False, release="", words=f"HTTP {status} and no health report"
        )


def await_release(url: str, release: str, deadline: float, *, needs_database: bool = True) -> None:
    """Return when the release answers at url and is well; a ReleaseError with its last words otherwise."""
    failures = 0
    while True:
        answer = ask(url, max(1.0, deadline - time.monotonic()))
        if answer.release == release and (answer.is_well or (answer.is_running and not needs_database)):
            return
        # Shiny Server answers 500 when R ends while it starts: twice is no accident
        failures += answer.words.startswith("HTTP 500")
        if failures > 1 or time.monotonic() > deadline:
            other = f" (it is release {answer.release})" if answer.release not in ("", release) else ""
            raise ReleaseError(f"{url} said: {answer.words}{other}")
        time.sleep(PAUSE_SECONDS)


def await_page(url: str, deadline: float) -> None:
    """Return when the page itself answers 200: a release can be well and unable to draw."""
    try:
        urllib.request.urlopen(url, timeout=max(1.0, deadline - time.monotonic())).close()  # noqa: S310
    except (urllib.error.URLError, OSError) as error:
        raise ReleaseError(f"{url} said: {error}") from error


def last_words_of(release: str, since_epoch: float) -> str:
    """Return the end of what R wrote while the release was tried."""
    command = ["journalctl", "--unit=shiny-server", f"--since=@{since_epoch:.0f}", "--output=cat"]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    own = [re.sub(r"^.*?/releases/\S+ ?", "", line) for line in lines if f"/releases/{release}/" in line]
    return "\n".join([line for line in own if line.strip()][-LAST_LINES:])


class Dashboards:
    """The dashboards of one host."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.root = Path(parameters["root"])
        self.app = parameters["app"]
        self.keep = parameters["keep"]
        self.answer_seconds = parameters["answer_seconds"]
        self.listeners = listeners_of(Path(parameters["configuration"]).read_text(), self.root)
        self.held = self.root / "held-back"

    def deadline(self) -> float:
        """Return when an answer is too late, on the monotonic clock."""
        return time.monotonic() + self.answer_seconds

    def try_out(self, release: str) -> None:
        """Return when the release answers on the trial listener; nobody sees it there."""
        page = f"http://127.0.0.1:{self.listeners.trial}/{release}/{self.app}/"
        await_release(f"{page}health", release, self.deadline())
        await_page(page, self.deadline())

    def await_workers(self, release: str, *, needs_database: bool = True) -> None:
        """Return when every worker serves the release."""
        deadline = self.deadline()
        for port in self.listeners.workers:
            url = f"http://127.0.0.1:{port}/{self.app}/health"
            await_release(url, release, deadline, needs_database=needs_database)

    def go_to(self, release: str, *, needs_database: bool = True) -> float:
        """Switch to the release, or back if a worker does not answer with it; return the seconds it took."""
        before, began = current_of(self.root), time.monotonic()
        switch(self.root, release)
        try:
            self.await_workers(release, needs_database=needs_database)
        except ReleaseError:
            if before:
                switch(self.root, before)
            else:
                (self.root / "current").unlink()
            raise
        return float(round(time.monotonic() - began, 1))

    def serve(self, release: str) -> float:
        """Serve the release if it answers, and say in how many seconds; otherwise discard it if it is new."""
        before, began_epoch = current_of(self.root), time.time()
        is_new = unpack(self.root, release)
        try:
            self.try_out(release)
            seconds = self.go_to(release)
        except ReleaseError as error:
            said = last_words_of(release, began_epoch)
            if is_new:
                discard(self.root, release)
            served = f"still served: release {before}" if before else "nothing is served"
            raise ReleaseError(
                f"release {release} was not taken; {served}. {error}\n{said}".strip()
            ) from error
        self.held.unlink(missing_ok=True)
        prune(self.root, self.keep)
        return seconds

    def roll_back(self, release: str) -> float:
        """Serve the release, although the database may be away, and hold back the one that was served."""
        before = current_of(self.root)
        unpack(self.root, release)
        seconds = self.go_to(release, needs_database=False)
        self.held.write_text(f"{before}\n")
        return seconds

    def held_back(self) -> str:
        """Return the release that was rolled back from, or nothing."""
        return self.held.read_text().strip() if self.held.is_file() else ""


def wanted_release(dashboards: Dashboards, parameters: dict[str, Any]) -> tuple[str, str]:
    """Return the release that must be served, and what a person should know about that choice."""
    current, release = current_of(dashboards.root), parameters["release"]
    if parameters["state"] == "rolled_back":
        others = [name for name in kept_in(dashboards.root) if name != current]
        if not release and not others:
            raise ReleaseError(f"there must be a release before {current or 'the first'}, and there is none")
        return release or others[0], f"held back: {current}"
    if release == dashboards.held_back() and not parameters["is_named"] and current:
        return (
            current,
            f"release {release} was rolled back from; to serve it: -e dashboards_release={release}",
        )
    return release, ""


def result_of(parameters: dict[str, Any], *, is_check: bool) -> dict[str, Any]:
    """Make it so, and return what Ansible is told."""
    root = Path(parameters["root"])
    if is_check and not Path(parameters["configuration"]).exists():
        return {"changed": True, "msg": "would be the first release", "release": parameters["release"]}
    dashboards = Dashboards(parameters)
    release, remark = wanted_release(dashboards, parameters)
    before = current_of(root)
    diff = {"before": f"{before}\n", "after": f"{release}\n"}
    told = {"changed": release != before, "release": release, "diff": diff}
    seconds = {}
    if is_check:
        pass
    elif release == before:
        dashboards.await_workers(release)
    else:
        act = dashboards.roll_back if parameters["state"] == "rolled_back" else dashboards.serve
        seconds = {"switch_seconds": act(release)}
    verb = "would be served" if is_check else "is served"
    return {**told, **seconds, "msg": f"release {release} {verb}" + (f"; {remark}" if remark else "")}


def main() -> None:
    """Ansible's entry."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "release": {"type": "str", "default": ""},
            "state": {"type": "str", "choices": ["served", "rolled_back"], "default": "served"},
            "is_named": {"type": "bool", "default": False},
            "app": {"type": "str", "required": True},
            "keep": {"type": "int", "default": 5},
            "answer_seconds": {"type": "int", "default": 90},
            "configuration": {"type": "path", "default": "/etc/cloudworks/shiny-server.conf"},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**result_of(module.params, is_check=module.check_mode))
    except (ReleaseError, OSError) as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
