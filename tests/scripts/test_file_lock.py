import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from file_lock import held_lock

HOLD = "import sys, time; from file_lock import held_lock; from pathlib import Path\n"
HOLD += "with held_lock(Path(sys.argv[1])): print('held', flush=True); time.sleep(600)"


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    seen: list[str] = []

    def hold(name: str) -> None:
        with held_lock(tmp_path / "new" / "lock"):
            seen.append(name)
            time.sleep(0.02)
            seen.append(name)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(hold, "abcd"))
    assert seen[::2] == seen[1::2]
    assert sorted(seen[::2]) == ["a", "b", "c", "d"]


def test_a_lock_ends_with_a_holder_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(enter, tmp_path / "lock")
            time.sleep(0.2)
            assert not waiting.done()
            holder.kill()
            assert waiting.result(timeout=20)


def enter(path: Path) -> bool:
    with held_lock(path):
        return True
