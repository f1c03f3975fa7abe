"""Builds the hosts' image once: what Debian's own image for EC2 is, as far as it matters here."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from local_stack.image.build import Recipe

HERE = Path(__file__).resolve().parent


def _fill(overlay: Path, _say: Callable[[str], None]) -> None:
    shutil.copytree(HERE / "overlay", overlay, dirs_exist_ok=True)


HOST = Recipe("localhost/cloudworks-debian13-host", HERE, "about a minute", _fill)
