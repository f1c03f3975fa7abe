"""What hosts need: the packages of the roles, and those that Debian's machine image brings along."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from provision.errors import TerminalError

ROOT = Path(__file__).resolve().parents[2]
ROLES_PATH = ROOT / "roles/packages.yml"
IMAGE_PATH = Path(__file__).with_name("image_packages.yml")
# apt's own words for what a base system has: https://manpages.debian.org/trixie/apt/apt-patterns.7
REQUIRED, IMPORTANT = "~prequired", "~pimportant"
IMAGE, BASE = "the machine image", "base"
# As Debian's policy has it (5.6.1), but for a hyphen at the end, by which apt would remove the package.
_NAME_FORM = re.compile(r"[a-z0-9][a-z0-9+.-]*([a-z0-9+]|\{architecture\})")


def requests(architecture: str, roles_path: Path, *, is_image_included: bool = True) -> dict[str, list[str]]:
    """What is to be installed together, by whom: the machine image's packages, and each role's on base's.

    They are resolved apart, because a role may replace what the image has (chrony, systemd-timesyncd).
    """
    roles = read_lists(roles_path)
    base = roles.get(BASE, [])
    found = {IMAGE: image_request(architecture)} if is_image_included else {}
    return found | {
        role: [REQUIRED, *sorted({*base, *names})] for role, names in roles.items() if names or role == BASE
    }


def image_request(architecture: str) -> list[str]:
    """The machine image's packages."""
    names = {
        name.format(architecture=architecture) for part in read_lists(IMAGE_PATH).values() for name in part
    }
    return [REQUIRED, IMPORTANT, *sorted(names)]


def read_lists(path: Path) -> dict[str, list[str]]:
    """A file of lists of package names, by whom; a `TerminalError` when it is something else."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise TerminalError(f"{path} must list Debian packages by role: {error}") from error
    if not isinstance(content, dict) or not all(_is_list_of_names(value) for value in content.values()):
        raise TerminalError(f"{path} must be a mapping from role to a list of Debian packages.")
    return {str(key): value for key, value in content.items()}


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(name, str) and _NAME_FORM.fullmatch(name) for name in value
    )
