"""A function's zip is the same byte for byte from the same sources; nothing here needs wheels."""

import os
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath

import pytest
from provision import function_zip
from provision.errors import TerminalError
from provision.function_zip import FunctionZip, ZipSources, function_zips, is_kept

from tests.provision.conftest import names_in, small_zip


def test_the_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        one = small_zip("ingest", folder)
        os.utime(folder / "source-ingest" / "handler.py", (1_000_000 * len(folder.name),) * 2)
        (folder / "source-ingest" / "handler.py").chmod(0o600 if folder is first else 0o755)
        assert one.path.exists()
    zips = [small_zip("ingest", folder) for folder in (first, second)]
    assert zips[0].path.read_bytes() == zips[1].path.read_bytes()
    assert zips[0].sha256_hex == zips[1].sha256_hex


def test_a_changed_line_gives_another_zip(tmp_path: Path) -> None:
    before = small_zip("ingest", tmp_path, "return 1").sha256_base64
    assert small_zip("ingest", tmp_path, "return 2").sha256_base64 != before


def test_an_unchanged_zip_is_not_built_again(tmp_path: Path) -> None:
    path = small_zip("ingest", tmp_path).path
    built_at = path.stat().st_mtime_ns
    assert small_zip("ingest", tmp_path).path.stat().st_mtime_ns == built_at


def test_runs_at_once_build_a_zip_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Path] = []
    write = function_zip._write_zip

    def write_slowly(path: Path, entries: dict[str, Path]) -> None:
        written.append(path)
        time.sleep(0.2)
        write(path, entries)

    monkeypatch.setattr(function_zip, "_write_zip", write_slowly)
    zips = [small_zip("ingest", tmp_path) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        paths = list(pool.map(lambda one: one.path, zips))
    assert written == paths[:1] == paths[1:2] == paths[2:]


def test_entries_are_sorted_with_one_time_and_readable_by_lambda(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("b.py", "a/c.py", "__pycache__/b.pyc", "requirements.lock"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    path = FunctionZip(ZipSources("etl", {"etl": source, "marts": source / "a"}), tmp_path / "build").path
    assert names_in(path) == ["etl/a/c.py", "etl/b.py", "marts/c.py"]
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}


def test_a_zip_that_lambda_would_refuse_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_zip, "UNZIPPED_LIMIT_BYTES", 3)
    zip_ = small_zip("ingest", tmp_path)
    with pytest.raises(TerminalError, match="must unzip to at most 3 bytes"):
        assert zip_.path


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="must have its folder"):
        assert FunctionZip(ZipSources("etl", {"etl": tmp_path / "none"}), tmp_path).path


@pytest.mark.parametrize(
    "name",
    [
        "pandas/tests/test_x.py",
        "pyarrow/include/arrow/api.h",
        "numpy/core.pyi",
        "numpy/__pycache__/a.pyc",
        "pyarrow/libarrow_flight.so.2600",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2600.1.0",
        "pyarrow/_s3fs.cpython-313-x86_64-linux-gnu.so",
        "bin/f2py",
        "pandas-3.0.dist-info/RECORD",
    ],
)
def test_what_no_import_reaches_is_left_out(name: str) -> None:
    assert not is_kept(PurePosixPath(name))


@pytest.mark.parametrize(
    "name",
    [
        "pandas/core/frame.py",
        "numpy/testing/__init__.py",
        "pyarrow/libarrow_python.so.2600",
        "pyarrow/libparquet.so.2600",
        "pyarrow/flight.py",
        "psycopg-3.3.dist-info/METADATA",
        "pandas-3.0.dist-info/licenses/LICENSE",
        "six.py",
        "numpy.libs/libscipy_openblas64_-1.so",
    ],
)
def test_what_is_imported_stays(name: str) -> None:
    assert is_kept(PurePosixPath(name))


def test_the_etl_carries_the_queries_of_the_marts() -> None:
    zips = function_zips(Path("/project"), "arm64")
    assert zips["etl"].sources.folders["marts"] == Path("/project/warehouse/marts")
    assert set(zips["ingest"].sources.folders) == {"contract", "ingest"}
    assert {one.sources.architecture for one in zips.values()} == {"arm64"}
