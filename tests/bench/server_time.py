"""What PostgreSQL's processes have used of the processor, read from /proc. In seconds."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def _numbers(pid: int) -> tuple[int, int]:
    """The parent of a process, and the ticks that it and the children that it buried have used."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    found = stat.rpartition(")")[2].split()
    return int(found[1]), sum(int(ticks) for ticks in found[11:15])


def _processes() -> dict[int, tuple[int, int]]:
    found = {}
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            try:
                found[int(path.name)] = _numbers(int(path.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
    return found


def _family(first_pid: int, processes: dict[int, tuple[int, int]]) -> set[int]:
    family, newest = {first_pid}, {first_pid}
    while newest:
        newest = {pid for pid, (parent, _) in processes.items() if parent in newest}
        family |= newest
    return family


def family_seconds(first_pid: int) -> float:
    """Return what a process, all below it and those of them that have ended used."""
    processes = _processes()
    return sum(processes[pid][1] for pid in _family(first_pid, processes)) / _TICKS


def pid_of_backend(first_pid: int, backend_pid: int) -> int:
    """Return this machine's number for a process that its container knows as `backend_pid`."""
    for pid in _family(first_pid, _processes()):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()
        if int(numbers[-1]) == backend_pid:
            return pid
    raise LookupError(f"no process below {first_pid} is number {backend_pid} in its container")


def own_seconds(pid: int) -> float:
    """Return what one process used, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="utf-8").split()[0]) / 1e9
