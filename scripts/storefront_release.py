"""What is published of the storefront: the built site, and the addresses of the estate that it runs in. Pure.

The same build and the same estate give the same release, byte for byte; its id is that of what it holds.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pack_dashboards import release_id

CONFIG = "config.json"
# outputs of the estate that browsers are told; none is a secret
TOLD = ("api_url", "region", "user_pool_id", "user_pool_client_id", "sign_in_url")
NEEDED = ("index.html", "404.html")
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
FILE_MODE = 0o100644
BUILD = "cd frontend && npm ci && npm run build"


class SiteError(Exception):
    """What was given is no built storefront; terminal."""


@dataclass(frozen=True)
class Release:
    """A storefront that can be published: its id, and the zip that Amplify takes."""

    id: str
    archive: bytes


def site_files(path: Path) -> dict[str, bytes]:
    """Return the files of a built site by name; raises `SiteError`."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = {one.filename: archive.read(one) for one in archive.infolist() if not one.is_dir()}
    except (OSError, zipfile.BadZipFile) as error:
        raise SiteError(f"{path} must be the zip of a built storefront: {error}. Build it: {BUILD}") from None
    missing = [name for name in NEEDED if name not in files]
    if missing:
        raise SiteError(f"{path} must hold {', '.join(missing)}, and does not. Build it: {BUILD}")
    return files


def config_of(outputs: Mapping[str, str]) -> bytes:
    """Return the file that tells the shop's pages where they run, from the estate's outputs."""
    return json.dumps({name: outputs[name] for name in TOLD}, indent=2, sort_keys=True).encode() + b"\n"


def release_of(site: Mapping[str, bytes], outputs: Mapping[str, str]) -> Release:
    """Return the site with its configuration, in sorted order; no time and no machine is in it."""
    files = dict(sorted({**site, CONFIG: config_of(outputs)}.items()))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, FIXED_TIME)
            entry.external_attr, entry.compress_type = FILE_MODE << 16, zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return Release(release_id(files), packed.getvalue())
