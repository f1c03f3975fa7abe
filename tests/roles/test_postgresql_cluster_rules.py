"""PostgreSQL is started on a data directory that is whole, of its version and its cluster, or not at all."""

from pathlib import Path

import pytest

from roles.postgresql.module_utils.postgresql_cluster_rules import (
    CONTROL_FILE_BYTES,
    MARKER,
    ClusterError,
    check,
    marker_text,
)


def cluster(root: Path, major: int = 17, name: str = "warehouse") -> Path:
    directory = root / str(major) / "main"
    (directory / "global").mkdir(parents=True)
    (directory / "PG_VERSION").write_text(f"{major}\n")
    (directory / "global/pg_control").write_bytes(bytes(CONTROL_FILE_BYTES))
    (directory / MARKER).write_text(marker_text(name))
    return directory


def test_a_whole_cluster_of_ours_is_used(tmp_path: Path) -> None:
    cluster(tmp_path)
    assert check(tmp_path, 17, "warehouse") is True


def test_an_empty_volume_has_no_cluster(tmp_path: Path) -> None:
    (tmp_path / "lost+found").mkdir()
    assert check(tmp_path, 17, "warehouse") is False


def test_what_an_interrupted_making_left_beside_the_place_is_nobodys_cluster(tmp_path: Path) -> None:
    cluster(tmp_path).rename(tmp_path / "17/main.new")
    assert check(tmp_path, 17, "warehouse") is False


@pytest.mark.parametrize("missing", ["PG_VERSION", "global/pg_control"])
def test_a_half_made_data_directory_is_refused(tmp_path: Path, missing: str) -> None:
    (cluster(tmp_path) / missing).unlink()
    with pytest.raises(ClusterError, match="half-made"):
        check(tmp_path, 17, "warehouse")


def test_a_control_file_that_is_cut_off_is_half_made(tmp_path: Path) -> None:
    (cluster(tmp_path) / "global/pg_control").write_bytes(b"x")
    with pytest.raises(ClusterError, match="half-made"):
        check(tmp_path, 17, "warehouse")


def test_data_of_another_major_version_is_refused(tmp_path: Path) -> None:
    cluster(tmp_path, 16)
    with pytest.raises(ClusterError, match="PostgreSQL 16, and postgresql_version is 17"):
        check(tmp_path, 17, "warehouse")


def test_another_major_version_in_the_place_of_ours_is_refused(tmp_path: Path) -> None:
    (cluster(tmp_path) / "PG_VERSION").write_text("16\n")
    with pytest.raises(ClusterError, match="PostgreSQL 16"):
        check(tmp_path, 17, "warehouse")


def test_an_old_version_beside_ours_is_kept_as_after_a_migration(tmp_path: Path) -> None:
    cluster(tmp_path, 16)
    cluster(tmp_path, 17)
    assert check(tmp_path, 17, "warehouse") is True


def test_a_foreign_data_directory_is_refused(tmp_path: Path) -> None:
    (cluster(tmp_path) / MARKER).unlink()
    with pytest.raises(ClusterError, match="was not made by this role"):
        check(tmp_path, 17, "warehouse")


def test_the_volume_of_another_database_is_refused(tmp_path: Path) -> None:
    cluster(tmp_path, name="oltp")
    with pytest.raises(ClusterError, match=r"the cluster 'oltp'.*'warehouse'"):
        check(tmp_path, 17, "warehouse")


def test_a_refusal_touches_nothing(tmp_path: Path) -> None:
    directory = cluster(tmp_path, 16)
    before = sorted(directory.rglob("*"))
    with pytest.raises(ClusterError):
        check(tmp_path, 17, "warehouse")
    assert sorted(directory.rglob("*")) == before
