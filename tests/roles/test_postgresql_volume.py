"""A device is formatted when there is nothing on it, and refused when there is anything but ours."""

import pytest

from roles.postgresql.module_utils.postgresql_volume_rules import (
    MOUNT_OPTIONS,
    Device,
    Signature,
    VolumeError,
    file_system_bytes,
    fstab_with,
    missing_reserve_bytes,
    must_grow,
    next_step,
)

GB = 1024**3
HOME = "/var/lib/postgresql"
OURS = Signature("ext4", "postgresql", "u-1")
LINE = f"UUID=u-1 {HOME} ext4 {MOUNT_OPTIONS} 0 2\n"


def device(*signatures: Signature, holders: tuple[str, ...] = (), mounted_at: tuple[str, ...] = ()) -> Device:
    return Device("/dev/nvme1n1", 20 * GB, signatures, holders, mounted_at)


def test_a_device_with_nothing_on_it_is_formatted() -> None:
    assert next_step(device(), HOME, "postgresql") == "format"


def test_our_file_system_is_used_whether_it_is_mounted_or_not() -> None:
    assert next_step(device(OURS), HOME, "postgresql") == "use"
    assert next_step(device(OURS, mounted_at=(HOME,)), HOME, "postgresql") == "use"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (device(Signature("ext4", "precious")), "ext4 labelled precious"),
        (device(Signature("xfs")), "not ours: xfs"),
        (device(Signature("swap")), "not ours: swap"),
        (device(Signature("gpt")), "not ours: gpt"),
        (device(Signature("crypto_LUKS")), "crypto_LUKS"),
        (device(Signature("LVM2_member")), "LVM2_member"),
        (device(OURS, Signature("gpt")), "ext4 labelled postgresql, gpt"),
        (device(holders=("nvme1n1p1",)), "in use by nvme1n1p1"),
        (device(mounted_at=("/srv",)), "mounted at /srv"),
        (device(OURS, mounted_at=("/srv",)), "mounted at /srv"),
    ],
)
def test_what_is_not_ours_is_refused_by_name(found: Device, words: str) -> None:
    with pytest.raises(VolumeError, match=words):
        next_step(found, HOME, "postgresql")


@pytest.mark.parametrize(
    ("device_bytes", "grows"), [(20 * GB, False), (20 * GB + 1024**2, False), (21 * GB, True)]
)
def test_a_file_system_is_grown_when_its_volume_has_grown(device_bytes: int, grows: bool) -> None:
    assert must_grow(device_bytes, 20 * GB) is grows


def test_the_size_of_a_file_system_is_read_from_what_dumpe2fs_says() -> None:
    assert file_system_bytes("Block count:              262144\nBlock size:               4096\n") == GB
    with pytest.raises(VolumeError):
        file_system_bytes("dumpe2fs: Bad magic number in super-block")


@pytest.mark.parametrize(("reserved", "missing"), [(0, 2 * GB), (5 * 262144, 0), (524288, 0), (524287, 0)])
def test_a_reserve_that_was_given_away_is_missed(reserved: int, missing: int) -> None:
    said = f"Block count:  26214400\nReserved block count:  {reserved}\nBlock size:  4096\n"
    assert missing_reserve_bytes(said) == missing


def test_the_volume_is_mounted_at_every_boot() -> None:
    assert fstab_with("", "u-1", HOME) == LINE
    assert fstab_with("UUID=r / ext4 defaults 0 1\n", "u-1", HOME) == "UUID=r / ext4 defaults 0 1\n" + LINE


def test_another_volume_takes_the_place_of_the_one_before() -> None:
    before = f"# a comment\nUUID=old {HOME} ext4 defaults 0 2\n"
    assert fstab_with(before, "u-1", HOME) == "# a comment\n" + LINE


def test_an_fstab_that_is_right_stays_as_it_is() -> None:
    assert fstab_with(LINE, "u-1", HOME) == LINE
