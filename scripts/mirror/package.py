"""A Debian package as its index describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provision.errors import TerminalError

_NEEDED = ("Package", "Version", "Architecture", "Filename", "Size", "SHA256")
_PATH_FORM = re.compile(r"pool/[\w.+~%/-]+\.deb")


@dataclass(frozen=True)
class Package:
    """One version of one package; `stanza` is what the index says of it, word for word."""

    name: str
    version: str
    architecture: str
    path: str  # below the repository's root: pool/…
    size_bytes: int
    sha256: str
    md5: str  # what S3 calls an object's ETag; hosts compare SHA-256
    stanza: str

    @property
    def key(self) -> tuple[str, str]:
        """What there is one of in an index."""
        return self.name, self.architecture


def packages_in(index: str) -> list[Package]:
    """The packages that an index lists, in its order, each version once."""
    found: dict[tuple[str, str, str], Package] = {}
    for stanza in re.split(r"\n{2,}", index.strip("\n")):
        if stanza:
            package = package_of(stanza)
            found.setdefault((*package.key, package.version), package)
    return list(found.values())


def package_of(stanza: str) -> Package:
    """The package that a stanza describes; a `TerminalError` when it lacks what a repository needs."""
    fields = fields_of(stanza)
    missing = [name for name in _NEEDED if not fields.get(name)]
    if missing or not _PATH_FORM.fullmatch(fields["Filename"]) or ".." in fields["Filename"]:
        named = fields.get("Package", "a package without a name")
        wrong = f"lacks {', '.join(missing)}" if missing else f"has the file name {fields['Filename']}"
        raise TerminalError(f"An index must say where a package is and what it hashes to, {named} {wrong}.")
    return Package(
        name=fields["Package"],
        version=fields["Version"],
        architecture=fields["Architecture"],
        path=fields["Filename"],
        size_bytes=int(fields["Size"]),
        sha256=fields["SHA256"],
        md5=fields.get("MD5sum", ""),
        stanza=stanza,
    )


def fields_of(stanza: str) -> dict[str, str]:
    """The fields that fit on one line, and the first line of the others."""
    return dict(re.findall(r"^([A-Za-z0-9-]+):[ \t]*(.*?)[ \t]*$", stanza, flags=re.MULTILINE))


def index_text(packages: list[Package]) -> str:
    """The packages as an index, in the order of their names: the same packages give the same bytes."""
    ordered = sorted(packages, key=lambda package: (package.name, package.architecture))
    return "".join(f"{package.stanza}\n\n" for package in ordered)
