"""How a host goes from one release of the dashboards to the next, against a server that answers as Shiny."""

from __future__ import annotations

import importlib
import importlib.util
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pack_dashboards
import pytest

from local_stack.state import CHECKOUT

ROLE = CHECKOUT / "roles/dashboards"
CONFIGURATION = """
server {{ listen {trial} 127.0.0.1; location / {{ site_dir {root}/releases; }} }}
server {{ listen {first} 127.0.0.1; location / {{ site_dir {root}/current; }} }}
server {{ listen {second} 127.0.0.1; location / {{ site_dir {root}/current; }} }}
"""


def role_module() -> Any:
    """The role's module, with its helpers where Ansible puts them."""
    importlib.import_module("ansible.module_utils").__path__.append(str(ROLE / "module_utils"))
    spec = importlib.util.spec_from_file_location(
        "dashboards_release", ROLE / "library/dashboards_release.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


module = role_module()


def shiny(site: Path, database: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    """A handler that serves the apps below a site: what app.R says decides how they fail."""

    class Shiny(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.removesuffix("health")
            app = site / path.strip("/")
            source = (app / "app.R").read_text() if (app / "app.R").exists() else "missing"
            release = (app / "RELEASE").read_text().strip() if source != "missing" else ""
            is_served = site.name == "current"
            if source == "breaks" or (source == "breaks when served" and is_served):
                self.answer(500, "<h1>An error has occurred</h1>")
            elif self.path.endswith("health"):
                report = {"app": "ok", "database": database["is"], "release": release}
                self.answer(200 if database["is"] == "ok" else 503, json.dumps(report))
            else:
                self.answer(500 if source == "can't draw" else 200, "<html>")

        def answer(self, status: int, body: str) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *arguments: object) -> None:
            """A test's output is its own."""

    return Shiny


@dataclass
class Host:
    """A host with Shiny Server, its folder of releases, and a control machine that packs them."""

    root: Path
    control: Path
    configuration: Path
    database: dict[str, str] = field(default_factory=lambda: {"is": "ok"})

    def send(self, source: str) -> str:
        """Pack an app and put its archive on the host; return the release's id."""
        app = self.control / "apps/storefront/app.R"
        app.parent.mkdir(parents=True, exist_ok=True)
        app.write_text(source)
        release, archive = pack_dashboards.pack(self.control / "apps", self.control)
        (self.root / "archives" / archive.name).write_bytes(archive.read_bytes())
        return release

    def run(self, release: str = "", *, is_check: bool = False, **more: Any) -> dict[str, Any]:
        """Run the role's module as a play would."""
        parameters = {"state": "served", "is_named": False, "keep": 3, "answer_seconds": 2, **more}
        given = {"root": str(self.root), "app": "storefront", "configuration": str(self.configuration)}
        result: dict[str, Any] = module.result_of(
            {**parameters, **given, "release": release}, is_check=is_check
        )
        return result

    def deploy(self, source: str) -> str:
        """Send an app and serve it."""
        release = self.send(source)
        self.run(release)
        return release

    @property
    def served(self) -> str:
        return str(module.current_of(self.root))

    @property
    def kept(self) -> set[str]:
        return {path.name for path in (self.root / "releases").iterdir()}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    root = tmp_path / "dashboards"
    (root / "archives").mkdir(parents=True)
    made = Host(root, tmp_path / "control", tmp_path / "shiny-server.conf")
    made.control.mkdir()
    sites = {"trial": root / "releases", "first": root / "current", "second": root / "current"}
    servers = {
        name: ThreadingHTTPServer(("127.0.0.1", 0), shiny(site, made.database))
        for name, site in sites.items()
    }
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    ports = {name: server.server_address[1] for name, server in servers.items()}
    made.configuration.write_text(CONFIGURATION.format(root=root, **ports))
    yield made
    for server in servers.values():
        server.shutdown()
        server.server_close()


def test_a_release_that_answers_is_served(host: Host) -> None:
    release = host.send("good")
    told = host.run(release)
    assert (told["changed"], host.served) == (True, release)
    assert told["switch_seconds"] < 2


def test_the_same_release_again_changes_nothing(host: Host) -> None:
    release = host.deploy("good")
    mark = (host.root / "current/storefront/restart.txt").stat().st_mtime_ns
    assert host.run(release)["changed"] is False
    assert (host.root / "current/storefront/restart.txt").stat().st_mtime_ns == mark


@pytest.mark.parametrize("source", ["breaks", "can't draw", "breaks when served"])
def test_a_broken_release_is_refused_and_the_one_before_stays(host: Host, source: str) -> None:
    good = host.deploy("good")
    bad = host.send(source)
    with pytest.raises(module.ReleaseError, match=f"{bad} was not taken; still served: release {good}"):
        host.run(bad)
    assert (host.served, host.kept) == (good, {good})


def test_a_first_release_that_is_broken_leaves_nothing_served(host: Host) -> None:
    with pytest.raises(module.ReleaseError, match="nothing is served"):
        host.run(host.send("breaks when served"))
    assert not (host.root / "current").is_symlink()


def test_no_release_is_judged_well_while_the_database_is_away(host: Host) -> None:
    good = host.deploy("good")
    host.database["is"] = "away"
    with pytest.raises(module.ReleaseError, match="app ok, database away"):
        host.run(host.send("better"))
    assert host.served == good


def test_dashboards_that_do_not_answer_are_an_error_though_nothing_is_to_be_changed(host: Host) -> None:
    release = host.deploy("good")
    host.database["is"] = "refused"
    with pytest.raises(module.ReleaseError, match="database refused"):
        host.run(release)


def test_a_new_release_makes_r_start_anew(host: Host) -> None:
    first = host.deploy("good")
    host.deploy("better")
    marks = [mark.stat().st_mtime_ns for mark in host.root.glob("releases/*/storefront/restart.txt")]
    assert len(set(marks)) == 2
    time.sleep(0.05)  # the clock of file systems ticks a hundred times a second
    host.run(first, is_named=True)
    assert (host.root / "current/storefront/restart.txt").stat().st_mtime_ns > max(marks)


def test_a_rollback_serves_the_release_before_and_holds_the_other_back(host: Host) -> None:
    first, second = host.deploy("good"), host.deploy("worse")
    host.run(state="rolled_back")
    assert host.served == first
    told = host.run(second)
    assert (told["changed"], host.served) == (False, first)
    assert f"{second} was rolled back from" in told["msg"]


def test_what_was_rolled_back_from_is_served_when_a_person_names_it(host: Host) -> None:
    host.deploy("good")
    second = host.deploy("worse")
    host.run(state="rolled_back")
    host.run(second, is_named=True)
    assert host.served == second
    assert host.run(second)["changed"] is False


def test_another_release_ends_the_hold(host: Host) -> None:
    host.deploy("good")
    worse = host.deploy("worse")
    host.run(state="rolled_back")
    host.deploy("mended")
    assert host.run(worse)["changed"] is True


def test_a_rollback_works_while_the_database_is_away(host: Host) -> None:
    first = host.deploy("good")
    host.deploy("worse")
    host.database["is"] = "away"
    host.run(state="rolled_back")
    assert host.served == first


def test_a_rollback_needs_a_release_to_go_back_to(host: Host) -> None:
    host.deploy("good")
    with pytest.raises(module.ReleaseError, match="there must be a release before"):
        host.run(state="rolled_back")


def test_a_release_that_the_host_has_not_is_refused_with_those_it_has(host: Host) -> None:
    good = host.deploy("good")
    with pytest.raises(module.ReleaseError, match=f"one that the host has: {good}"):
        host.run("0123456789ab", is_named=True)


def test_the_releases_served_last_are_kept_and_the_older_ones_removed(host: Host) -> None:
    releases = [host.deploy(f"number {number}") for number in range(5)]
    assert host.kept == set(releases[2:])
    assert {path.name for path in (host.root / "archives").iterdir()} == {
        f"{release}.tar.gz" for release in releases[2:]
    }


def test_check_mode_says_what_would_be_served_and_changes_nothing(host: Host) -> None:
    first = host.deploy("good")
    told = host.run(host.send("better"), is_check=True)
    assert (told["changed"], host.served, host.kept) == (True, first, {first})
    assert told["diff"]["before"] == f"{first}\n"


def test_check_mode_works_on_a_host_without_shiny_server(host: Host) -> None:
    host.configuration.unlink()
    assert host.run("0123456789ab", is_check=True)["changed"] is True


def test_an_archive_that_was_half_unpacked_when_the_host_died_is_unpacked_again(host: Host) -> None:
    release = host.send("good")
    left = host.root / f"releases/.{release}.new/storefront"
    left.mkdir(parents=True)
    (left / "app.R").write_text("hal")
    host.run(release)
    assert (host.root / "current/storefront/app.R").read_text() == "good"
    assert host.kept == {release}


def test_a_switch_that_died_between_two_steps_is_completed(host: Host) -> None:
    first = host.deploy("good")
    (host.root / "current.new").symlink_to(host.root / "releases/gone")
    second = host.deploy("better")
    assert (host.served, host.kept) == (second, {first, second})
