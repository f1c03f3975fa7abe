"""Settings of PostgreSQL from a machine's memory and cores, by the published rules of pgtune.

Source: https://github.com/le0pard/pgtune, src/features/configuration/configurationSlice.js at
7caef27c204d304623eda21f23e7d56c1ad78d36, for PostgreSQL 17 on Linux with SSDs. Two rules are our own: for
small volumes, and so that a new kernel that leaves some megabytes more or less restarts no database.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Any, Literal

Profile = Literal["oltp", "warehouse"]
DatabaseSize = Literal["less_than_memory", "about_memory", "more_than_memory"]

KB_OF_MB = 1024
KB_OF_GB = 1024 * 1024
DEFAULT_WORKERS = 8  # PostgreSQL's own
MEMORY_STEP_MB = 128
PROFILES = ("oltp", "warehouse")
DATABASE_SIZES = ("less_than_memory", "about_memory", "more_than_memory")


def postgresql_tuning(  # noqa: PLR0913 - what the rules ask of a machine
    memory_mb: int,
    cpus: int,
    connections: int,
    *,
    profile: Profile,
    volume_bytes: int,
    database_size: DatabaseSize = "about_memory",
) -> dict[str, str]:
    """The settings, as postgresql.conf writes them."""
    numbers = {"memory": memory_mb, "cpus": cpus, "connections": connections, "volume": volume_bytes}
    _check(numbers, profile, database_size)
    is_warehouse = profile == "warehouse"
    memory_kb = rounded_memory_mb(memory_mb) * KB_OF_MB
    shared_kb = memory_kb // 4
    maintenance_kb = min(memory_kb // (8 if is_warehouse else 16), 8 * KB_OF_GB)
    workers = _workers(cpus, is_warehouse)
    processes = workers.get("max_worker_processes", DEFAULT_WORKERS)
    settings = {
        "shared_buffers": _size(shared_kb),
        "huge_pages": "try" if shared_kb >= 2 * KB_OF_GB else "off",
        "effective_cache_size": _size(memory_kb * 3 // 4),
        "maintenance_work_mem": _size(maintenance_kb),
        "work_mem": _size(
            work_mem_kb(memory_kb - shared_kb, connections + processes, is_warehouse, database_size)
        ),
        "wal_buffers": _size(wal_buffers_kb(shared_kb)),
        **_wal_sizes(volume_bytes, is_warehouse),
        "checkpoint_completion_target": "0.9",
        "default_statistics_target": "500" if is_warehouse else "100",
        "random_page_cost": "4" if is_warehouse and database_size != "less_than_memory" else "1.1",
        "effective_io_concurrency": "200",
        "wal_compression": "lz4",
        **{name: str(value) for name, value in workers.items()},
    }
    if maintenance_kb >= 2 * KB_OF_GB:
        settings["autovacuum_work_mem"] = _size(2 * KB_OF_GB)
    if cpus >= 16:
        settings["autovacuum_max_workers"] = "5" if cpus >= 32 else "4"
    return settings


def rounded_memory_mb(memory_mb: int) -> int:
    """Our own rule: to the nearest 128 MB, because kernels differ in what they leave of the same memory."""
    return max(MEMORY_STEP_MB, round(memory_mb / MEMORY_STEP_MB) * MEMORY_STEP_MB)


def wal_buffers_kb(shared_kb: int) -> int:
    """3 % of the shared buffers, from 32 KB to 16 MB; what is near 16 MB becomes 16 MB."""
    buffers_kb = min(shared_kb * 3 // 100, 16 * KB_OF_MB)
    return 16 * KB_OF_MB if buffers_kb > 14 * KB_OF_MB else max(buffers_kb, 32)


def work_mem_kb(rest_kb: int, processes: int, is_warehouse: bool, database_size: DatabaseSize) -> int:
    """What three sorts or hashes of every process may have of the rest of the memory, at least 4 MB."""
    each_kb = int(rest_kb / (processes * 3))
    each_kb = int(rest_kb / (processes * 3) / 2) if is_warehouse else each_kb
    factor = {"less_than_memory": 1.3, "about_memory": 1.0, "more_than_memory": 0.9}[database_size]
    return max(int(each_kb * factor), 4 * KB_OF_MB)


def _wal_sizes(volume_bytes: int, is_warehouse: bool) -> dict[str, str]:
    """pgtune's sizes of the log; our own rule: at most a quarter of the volume that it lies on."""
    most_mb, least_mb = (16 * 1024, 4 * 1024) if is_warehouse else (8 * 1024, 2 * 1024)
    most_mb = max(min(most_mb, volume_bytes // 4 // 1024**2), 64)
    return {"min_wal_size": f"{min(least_mb, most_mb // 2)}MB", "max_wal_size": f"{most_mb}MB"}


def _workers(cpus: int, is_warehouse: bool) -> dict[str, int]:
    """Below four cores PostgreSQL's own numbers stay."""
    if cpus < 4:
        return {}
    half = ceil(cpus / 2)
    return {
        "max_worker_processes": cpus,
        "max_parallel_workers": cpus,
        "max_parallel_workers_per_gather": half if is_warehouse else min(half, 4),
        "max_parallel_maintenance_workers": min(half, 4),
    }


def _size(size_kb: int) -> str:
    return f"{size_kb}kB" if size_kb % KB_OF_MB else f"{size_kb // KB_OF_MB}MB"


def _check(numbers: dict[str, int], profile: str, database_size: str) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise ValueError(f"postgresql_tuning: {name} must be at least 1, it is {value}")
    if profile not in PROFILES:
        raise ValueError(f"postgresql_tuning: the profile must be one of {PROFILES}, it is {profile!r}")
    if database_size not in DATABASE_SIZES:
        raise ValueError(f"postgresql_tuning: size must be one of {DATABASE_SIZES}, not {database_size!r}")


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"postgresql_tuning": postgresql_tuning}
