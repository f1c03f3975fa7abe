"""What is in this checkout: its files as git sees them, tracked or not yet, never the ignored ones."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (
    *("scripts/", "lambda_src/", "warehouse/", "oltp/", "shiny/", "playbooks/", "roles/", "inventory/"),
    "site.yml",
)
CARRIED = ("tests/data/hostile/",)


@cache
def paths() -> tuple[str, ...]:
    """Every path of the checkout, relative to its root, sorted."""
    command = [
        *("git", "-c", "safe.directory=*", "-C", str(ROOT)),
        *("ls-files", "-z", "--cached", "--others", "--exclude-standard"),
    ]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted({path for path in listed if path and (ROOT / path).is_file()}))


def paths_ending(*endings: str) -> list[str]:
    """The paths that end in one of the endings."""
    return [path for path in paths() if path.endswith(endings)]


def text(path: str) -> str:
    """The file's text."""
    return (ROOT / path).read_text(encoding="utf-8")


def is_text(path: str) -> bool:
    """Whether the file holds text in UTF-8; pictures, archives and hostile inputs do not."""
    try:
        return "\0" not in text(path)
    except UnicodeDecodeError:
        return False


def text_paths() -> list[str]:
    """The paths that hold text of ours, not inputs that others made."""
    return [path for path in paths() if not path.startswith(CARRIED) and is_text(path)]


def product_paths(*endings: str) -> list[str]:
    """The paths that end in one of the endings and are product: what runs on AWS or works on it."""
    return [path for path in paths_ending(*endings) if path.startswith(PRODUCT)]
