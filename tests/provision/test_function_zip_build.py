"""The real zips with their locked wheels; these tests use the package index the first time."""

import re
import zipfile
from pathlib import Path

import pytest
from provision.errors import TerminalError
from provision.function_zip import UNZIPPED_LIMIT_BYTES, FunctionZip, ZipSources, function_zips

from tests.provision.conftest import names_in
from tests.provision.emulated_aws import ROOT

LINKED_ARROW_LIBRARY = re.compile(rb"lib(?:arrow|parquet)\w*\.so\.\d+(?=\0)")


@pytest.mark.parametrize("function", ["ingest", "etl", "shop"])
def test_a_function_fits_into_lambda_with_its_handler_and_contract(function: str) -> None:
    zip_ = function_zips(ROOT, "x86_64")[function]
    names = set(names_in(zip_.path))
    assert f"{function}/handler.py" in names
    assert any(name.startswith("contract/") for name in names)
    assert any(name.startswith("msgspec/") for name in names)
    assert zip_.unzipped_bytes < 0.9 * UNZIPPED_LIMIT_BYTES


def test_every_arrow_library_that_a_kept_module_is_linked_with_is_kept() -> None:
    with zipfile.ZipFile(function_zips(ROOT, "x86_64")["etl"].path) as archive:
        binaries = [name for name in archive.namelist() if name.startswith("pyarrow/") and ".so" in name]
        linked = {
            found.decode() for name in binaries for found in LINKED_ARROW_LIBRARY.findall(archive.read(name))
        }
        kept = {name.removeprefix("pyarrow/") for name in binaries}
    assert any(name.startswith("libparquet.so.") for name in linked)
    assert linked - kept == set()


@pytest.mark.parametrize("architecture", ["x86_64", "arm64"])
def test_wheels_are_of_the_functions_platform_and_give_the_same_bytes_twice(
    architecture: str, tmp_path: Path
) -> None:
    folder = tmp_path / "ingest"
    folder.mkdir()
    (folder / "handler.py").write_text("")
    lock = ROOT / "lambda_src/ingest/requirements.lock"
    sources = ZipSources("ingest", {"ingest": folder}, lock, architecture)
    first, second = (FunctionZip(sources, tmp_path / build) for build in ("first", "second"))
    assert first.path.read_bytes() == second.path.read_bytes()
    machine = {"x86_64": "x86_64", "arm64": "aarch64"}[architecture]
    compiled = [name for name in names_in(first.path) if re.search(r"cpython-\d+-", name)]
    assert compiled
    assert {f"cpython-313-{machine}" in name for name in compiled} == {True}


def test_a_lock_that_does_not_install_says_what_to_do(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("msgspec==0.0.0 --hash=sha256:" + "0" * 64 + "\n")
    (tmp_path / "ingest").mkdir()
    zip_ = FunctionZip(ZipSources("ingest", {"ingest": tmp_path / "ingest"}, lock), tmp_path / "build")
    with pytest.raises(TerminalError, match="make lock"):
        assert zip_.path
