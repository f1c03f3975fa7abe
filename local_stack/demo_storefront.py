"""The storefront's part of the demo: its pages built and published, its pictures in the media bucket."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from product_file import read_products
from provision.identity import identify
from provision.settings import read_settings

from local_stack import demo_report, demo_shop, state
from local_stack.demo_pictures import CONTENT_TYPE, drawing
from local_stack.errors import StackError

FRONTEND = state.CHECKOUT / "frontend"
BUILD_SECONDS = 300.0
_NO_SOURCE = ("node_modules", "dist", "tests")


def built_site(stack: state.StackState) -> Path:
    """Return the zip of the storefront as it is checked out, built if the stack has none of this source.

    It is built in a copy of its own: whoever builds in the checkout at the same moment is not in its way.
    """
    target, mark = stack.directory / "storefront.zip", stack.directory / "storefront.source"
    wanted = source_digest(FRONTEND)
    if target.exists() and mark.exists() and mark.read_text() == wanted:
        return target
    copy = stack.directory / "frontend"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(FRONTEND, copy, ignore=shutil.ignore_patterns(*_NO_SOURCE))
    (copy / "node_modules").symlink_to(FRONTEND / "node_modules")
    _run_build(copy)
    shutil.move(copy / "storefront" / "dist" / "storefront.zip", target)
    shutil.rmtree(copy)
    mark.write_text(wanted)
    return target


def source_digest(folder: Path) -> str:
    """Return the SHA-256 of everything that the build reads, names included, but for npm's packages."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not set(_NO_SOURCE) & set(relative.parts):
            digest.update(f"{relative}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _run_build(folder: Path) -> None:
    # node and npm of .venv, which scripts of packages must find, too
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["npm", "run", "--silent", "build"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS,
    )
    if done.returncode != 0:
        raise StackError(
            f"the storefront can't be built:\n{done.stdout}{done.stderr}", "make setup, then make demo"
        )


def put_pictures(stack: state.StackState) -> str:
    """The media bucket holds a drawing for each picture that the catalogue names; return what was done."""
    s3 = demo_report.client(stack, "s3")
    bucket = identify(read_settings(), "media", suffix=stack.aws_account_id).name
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="media/")
    live = {item["Key"]: item["ETag"].strip('"') for page in pages for item in page.get("Contents", [])}
    keys = [row.image_key for row in read_products(demo_shop.CATALOGUE) if row.image_key]
    wanted = {key: drawing(key) for key in keys}
    missing = [key for key, body in wanted.items() if live.get(key) != _etag(body)]
    for key in missing:
        s3.put_object(Bucket=bucket, Key=key, Body=wanted[key], ContentType=CONTENT_TYPE)
    return f"{len(wanted)} pictures, {len(missing)} of them new, in {bucket}"


def _etag(body: bytes) -> str:
    """Return what S3 says of an object that was put whole."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
