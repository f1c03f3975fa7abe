"""Answers for pages as Amplify Hosting does: the app's rules and headers over the files of a zip. Pure.

Rules that lead to another address (301, 302) are not done here; the estate has none. Source: "Setting up
redirects and rewrites" and "Setting custom headers" in Amplify Hosting's user guide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from mimetypes import guess_type
from typing import Any

Rule = Mapping[str, str]
# a rule with this status holds for every path that it names, the others where there is no file
ALWAYS = "200"
STATUSES = {ALWAYS: 200, "404-200": 200, "404": 404}


@dataclass(frozen=True)
class Hosted:
    """The answer to one path."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def hosted(
    files: Mapping[str, bytes], rules: Iterable[Rule], headers: Iterable[Mapping[str, Any]], path: str
) -> Hosted:
    """Return what a path gets, of the files by name; `headers` are those of the app's `customHeaders`."""
    status, name = target_of(files, rules, path)
    if name not in files:
        return Hosted(404, {"content-type": "text/plain"}, b"Not found\n")
    found = {"content-type": guess_type(name)[0] or "application/octet-stream"}
    for entry in headers:
        if matches(entry["pattern"], path):
            found |= {header["key"].lower(): header["value"] for header in entry["headers"]}
    return Hosted(status, found, files[name])


def target_of(files: Mapping[str, bytes], rules: Iterable[Rule], path: str) -> tuple[int, str]:
    """Return the status and the file that a path gets: by the first rule that holds, else its own."""
    name = path.removeprefix("/") or "index.html"
    for rule in rules:
        is_needed = rule["status"] == ALWAYS or name not in files
        pattern = re.escape(rule["source"]).replace("<\\*>", ".*")
        if is_needed and re.fullmatch(pattern, path, re.DOTALL):
            return STATUSES[rule["status"]], rule["target"].removeprefix("/")
    return 200, name


def matches(pattern: str, path: str) -> bool:
    """Say whether a pattern of custom headers covers a path: `**` is any run, `*` one without a slash."""
    parts = re.split(r"(\*\*/?|\*)", pattern.removeprefix("/"))
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}
    wanted = "".join(known.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(wanted, path.removeprefix("/"), re.DOTALL) is not None
