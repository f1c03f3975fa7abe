"""Packages for the tests, as an index describes them."""

from mirror.package import Package, package_of


def stanza(name: str, version: str = "1.0-1", architecture: str = "arm64", digit: str = "a") -> str:
    """One package of an index; `digit` makes its hashes another's."""
    file = f"pool/main/{name[0]}/{name}/{name}_{version.partition(':')[2] or version}_{architecture}.deb"
    lines = [
        f"Package: {name}",
        f"Version: {version}",
        f"Architecture: {architecture}",
        "Depends: libc6 (>= 2.38)",
        f"Description: what {name} is for",
        " and a second line: with a colon",
        f"Filename: {file}",
        "Size: 1234",
        f"MD5sum: {digit * 32}",
        f"SHA256: {digit * 64}",
    ]
    return "\n".join(lines)


def package(name: str, version: str = "1.0-1", digit: str = "a") -> Package:
    return package_of(stanza(name, version, digit=digit))
