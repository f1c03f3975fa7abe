"""Write each role's README.md from its meta/argument_specs.yml and roles/packages.yml.

The specs are what Ansible checks before a role touches a host, so the page says what is checked. With --check
nothing is written, and a page that is not current is an error.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[1] / "roles"
LONGEST_DEFAULT = 60
Options = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Role:
    """What a role says of itself."""

    name: str
    title: str
    about: tuple[str, ...]
    options: Options
    packages: tuple[str, ...]


def read_role(folder: Path) -> Role:
    """The role in `folder`; the packages are those that roles/packages.yml has for it."""
    spec = yaml.safe_load((folder / "meta/argument_specs.yml").read_text())["argument_specs"]["main"]
    packages = yaml.safe_load((folder.parent / "packages.yml").read_text())
    return Role(
        name=folder.name,
        title=spec["short_description"],
        about=tuple(spec["description"]),
        options=spec.get("options", {}),
        packages=tuple(packages.get(folder.name, ())),
    )


def rendered(role: Role) -> str:
    """The role's page."""
    parts = [f"# {role.name}", f"{role.title}.", *role.about]
    if role.options:
        parts += ["## Variables", table(role.options)]
    if role.packages:
        parts += ["## Packages", ", ".join(f"`{name}`" for name in role.packages)]
    parts.append(
        "*Written by `scripts/role_readmes.py` from `meta/argument_specs.yml` and `roles/packages.yml`.*"
    )
    return "\n\n".join(parts) + "\n"


def table(options: Options) -> str:
    """One row a variable, and one for each field of those that have fields."""
    lines = ["| variable | type | default | meaning |", "|---|---|---|---|"]
    for name, option in rows(options):
        cells = (f"`{name}`", type_of(option), default_of(option), meaning_of(option))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def rows(options: Options, within: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every variable, followed by its fields: `variable.field`, or `variable[].field` of a list's items."""
    for name, option in options.items():
        yield within + name, option
        brackets = "[]" if option["type"] == "list" else ""
        yield from rows(option.get("options", {}), f"{within}{name}{brackets}.")


def type_of(option: Mapping[str, Any]) -> str:
    """The type in words; of a list, of what."""
    elements = option.get("elements")
    return f"list of {elements}" if elements else str(option["type"])


def default_of(option: Mapping[str, Any]) -> str:
    """The default as it would be written, or where to read a long one."""
    if option.get("required"):
        return "*required*"
    if "default" not in option:
        return ""
    value = option["default"]
    text = value if isinstance(value, str) and value else json.dumps(value)
    return f"`{text}`" if len(text) <= LONGEST_DEFAULT else "see `defaults/main.yml`"


def meaning_of(option: Mapping[str, Any]) -> str:
    """The description in one line, with the values that are taken."""
    described = option["description"]
    sentences = [described] if isinstance(described, str) else list(described)
    if "choices" in option:
        sentences.append("One of " + ", ".join(f"`{choice}`" for choice in option["choices"]) + ".")
    return " ".join(" ".join(sentences).split())


def outdated(folders: list[Path]) -> list[Path]:
    """The pages that do not say what their role says of itself."""
    pages = {folder / "README.md": rendered(read_role(folder)) for folder in folders}
    return [page for page, wanted in pages.items() if not page.exists() or page.read_text() != wanted]


def main(arguments: list[str]) -> int:
    """0 when every page is current; with --check 1 when one is not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say which pages are not current")
    only_check = parser.parse_args(arguments).check
    folders = sorted(spec.parents[1] for spec in ROLES.glob("*/meta/argument_specs.yml"))
    pages = outdated(folders)
    for page in pages:
        if not only_check:
            page.write_text(rendered(read_role(page.parent)))
        print(f"{'not current' if only_check else 'written'}: {page.relative_to(ROLES.parent)}")
    if pages and only_check:
        print("pages must say what the specs say. Next: python scripts/role_readmes.py", file=sys.stderr)
        return 1
    print(f"role_readmes: {len(folders)} roles, {len(pages)} pages written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
