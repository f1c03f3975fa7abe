"""State files are private, and two checkouts never meet."""

import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from local_stack import podman, processes, state
from local_stack.errors import StackError, StackNotReadyError
from local_stack.image.build import debian_mirrors, image_tag


def test_state_and_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    made = state.create(tmp_path / ".local")
    for path in (made.directory, made.directory / "stack.json", made.directory / "secrets.json"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert made.aws_secret_access_key not in repr(made)
    passwords = [made.password(role, name) for name, roles in state.ROLES.items() for role in roles]
    assert len(set(passwords)) == len(passwords) == 6


def test_state_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    made = state.create(tmp_path).with_process("aws", state.ProcessMark(1, 2)).save()
    assert state.read(tmp_path) == made
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_two_checkouts_have_other_names_keys_and_ports(tmp_path: Path) -> None:
    first, second = (state.create(tmp_path / name) for name in ("a", "b"))
    assert first.container_name("postgres") != second.container_name("postgres")
    assert first.aws_access_key_id != second.aws_access_key_id
    command = podman.run_command(first, "postgres", [], "image", [])
    assert f"--name={first.container_name('postgres')}" in command
    assert f"--label={podman.LABEL}={first.label}" in command


def test_ports_of_one_stack_are_free_and_distinct() -> None:
    ports = state.free_ports(4)
    assert len(set(ports)) == 4
    with socket.socket() as listener:
        listener.bind((state.HOST, ports[0]))
        listener.listen()
        assert not state.is_port_free(ports[0])
    assert state.is_port_free(ports[1])


def test_processes_that_choose_ports_at_once_choose_from_different_ones() -> None:
    shares = [set(state.ports_of(pid)) for pid in range(1000, 1010)]
    assert min(map(len, shares)) > 100
    assert len(set().union(*shares)) == sum(map(len, shares))


def test_stack_that_does_not_run_is_an_error_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="next: make up"):
        state.load(tmp_path)
    state.create(tmp_path).with_process("aws", state.ProcessMark(os.getpid(), 1)).save()
    with pytest.raises(StackError, match="next: make up"):
        state.load(tmp_path)  # the number is alive, but it is another process


def test_state_of_another_version_is_an_error_and_not_a_guess(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text('{"processes": {}, "port": 1}')
    with pytest.raises(StackError, match="make clean"):
        state.read(tmp_path)


def test_process_is_stopped_by_its_own_number_and_start_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    mark = processes.start(command, tmp_path / "log", os.environ, tmp_path)
    processes.stop(state.ProcessMark(mark.pid, mark.start_ticks + 1))
    assert processes.is_alive(mark)
    assert processes.stop(mark)
    assert not processes.is_alive(mark)


def test_part_that_dies_while_it_starts_is_reported_with_its_last_words(tmp_path: Path) -> None:
    mark = processes.start(
        [sys.executable, "-c", "exit('no such port')"], tmp_path / "log", os.environ, tmp_path
    )
    with pytest.raises(StackNotReadyError, match=r"(?s)stopped while it started.*no such port.*next:"):
        processes.await_health("part", lambda: False, lambda: processes.is_alive(mark), tmp_path / "log", 10)


def test_a_machine_without_debian_is_told_what_to_use() -> None:
    with pytest.raises(StackError, match=r"no Debian mirror[\s\S]*use Debian 12 or newer"):
        debian_mirrors("Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n")


def test_image_tag_is_a_hash_of_what_the_image_is_made_from() -> None:
    name, _, tag = image_tag().partition(":")
    assert name == "localhost/cloudworks-debian13"
    assert len(tag) == 12
