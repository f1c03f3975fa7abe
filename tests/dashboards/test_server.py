"""Shiny Server gets its settings without showing a secret to anyone."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

from local_stack.dashboards import server
from local_stack.state import create


def test_password_is_in_no_argument(tmp_path: Path) -> None:
    state = create(tmp_path)
    assert state.password("reader") not in " ".join(server.create_arguments(state, "image:1"))


def test_renviron_is_readable_by_shiny_only(tmp_path: Path) -> None:
    state = create(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(server.settings_archive(state, (101, 103)))) as archive:
        entry = archive.getmember("var/lib/shiny/.Renviron")
        handle = archive.extractfile(entry)
        assert handle is not None
        text = handle.read().decode()
    assert (entry.mode, entry.uid, entry.gid) == (0o600, 101, 103)
    assert f"PGPASSWORD={state.password('reader')}\n" in text
    assert "PGUSER=warehouse_reader\n" in text


def test_server_listens_on_loopback_only(tmp_path: Path) -> None:
    state = create(tmp_path)
    with tarfile.open(fileobj=io.BytesIO(server.settings_archive(state, (101, 103)))) as archive:
        handle = archive.extractfile("etc/cloudworks/shiny-server.conf")
        assert handle is not None
        text = handle.read().decode()
    assert [line.strip() for line in text.splitlines() if "listen " in line] == [
        f"listen {state.port_of(state.dashboards_url)} 127.0.0.1;"
    ]
