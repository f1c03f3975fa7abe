"""What an estate is made of, and what its gateway says, without a container."""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from local_stack.errors import StackError
from local_stack.hosts import certificates, estate, network
from local_stack.hosts.estate import Estate, Host
from local_stack.hosts.gateway import metadata, names, s3_front
from local_stack.hosts.gateway.settings import Settings

TOLD = Settings(
    region="eu-central-1",
    s3_address="192.0.2.83",
    resolver_address="",
    metadata_address="",
    certificate="",
    key="",
    domain="eu-central-1.compute.internal",
    subnets=["10.40.1.0/24"],
    tree_url="https://packages.s3.eu-central-1.amazonaws.com/apt",
)
INSTANCE = {
    "account": "123456789012",
    "address": "10.40.1.7",
    "architecture": "arm64",
    "id": "i-1",
    "image": "ami-1",
    "name": "ip-10-40-1-7.eu-central-1.compute.internal",
    "region": "eu-central-1",
    "type": "t4g.small",
    "zone": "eu-central-1a",
}
DOCUMENT: dict[str, Any] = {
    "name": "one",
    "region": "eu-central-1",
    "subnets": ["10.40.1.0/24", "10.40.2.0/24"],
    "hosts": [{"name": "db", "address": "10.40.2.10", "volumes": [{"id": "vol-0abc", "size_gb": 1}]}],
}


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack("!HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def asked(name: str, kind: int = 1) -> tuple[int, str]:
    """The code of the resolver's answer, and the address in it."""
    said = names.answer(TOLD, query(name, kind))
    number, flags, _, records = struct.unpack("!HHHH", said[:8])
    assert number == 7
    return flags & 0xF, ".".join(map(str, said[-4:])) if records else ""


@pytest.mark.parametrize(
    "name",
    [
        "s3.eu-central-1.amazonaws.com",
        "some-bucket.S3.eu-central-1.amazonaws.com",
        "ssm.eu-central-1.amazonaws.com",
        "ssmmessages.eu-central-1.amazonaws.com",
    ],
)
def test_the_resolver_knows_what_the_network_has_endpoints_for(name: str) -> None:
    assert asked(name) == (names.NO_ERROR, "192.0.2.83")


def test_the_resolver_makes_an_address_of_a_hosts_name_as_ec2_makes_names() -> None:
    assert asked("ip-10-40-1-7.eu-central-1.compute.internal") == (names.NO_ERROR, "10.40.1.7")
    assert asked("ip-10-99-1-7.eu-central-1.compute.internal") == (names.NAME_ERROR, "")
    assert asked("db.eu-central-1.compute.internal") == (names.NAME_ERROR, "")


@pytest.mark.parametrize(
    "name",
    [
        "example.org",
        "ec2.eu-central-1.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
        "evils3.eu-central-1.amazonaws.com",
    ],
)
def test_the_resolver_refuses_names_of_others(name: str) -> None:
    assert asked(name) == (names.REFUSED, "")


def test_a_question_for_another_kind_of_record_has_an_empty_answer() -> None:
    assert asked("s3.eu-central-1.amazonaws.com", kind=28) == (names.NO_ERROR, "")


@pytest.mark.parametrize(
    "bad", [b"", b"\0" * 12, query("a.b")[:-3], struct.pack("!HHHHHH", 1, 0, 2, 0, 0, 0)]
)
def test_what_is_no_question_has_no_answer(bad: bytes) -> None:
    with pytest.raises((ValueError, IndexError, struct.error)):
        names.answer(TOLD, bad)


def test_only_urls_of_the_tree_are_files_and_none_leads_out_of_it(tmp_path: Path) -> None:
    (tmp_path / "apt/dists").mkdir(parents=True)
    (tmp_path / "apt/dists/Release").write_text("here")
    (tmp_path / "secret").write_text("not here")
    told, host = replace(TOLD, tree=str(tmp_path / "apt")), "packages.s3.eu-central-1.amazonaws.com"
    found = s3_front.file_of(told, host, "/apt/dists/Release?x=1")
    assert found is not None
    assert found.read_text() == "here"
    for other_host, path in (
        (host, "/secrets/a"),
        (host, "/aptitude"),
        ("other." + host, "/apt/dists/Release"),
    ):
        assert s3_front.file_of(told, other_host, path) is None
    for way_out in ("/apt/../secret", "/apt/%2e%2e/secret"):
        led = s3_front.file_of(told, host, way_out)
        assert led is not None
        assert not led.exists()


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, (0, 10)),
        ("bytes=4-", (4, 10)),
        ("bytes=2-5", (2, 6)),
        ("bytes=2-99", (2, 10)),
        ("bytes=10-", (0, 10)),
    ],
)
def test_a_part_of_a_file_is_given_to_who_asks_for_it(header: str | None, wanted: tuple[int, int]) -> None:
    assert s3_front.byte_range(header, 10) == wanted


def test_the_metadata_service_lists_folders_and_knows_nothing_else() -> None:
    with_role = INSTANCE | {"role": "db", "credentials": {"Code": "Success"}}
    assert metadata.text_of(with_role, "/latest/meta-data/iam/security-credentials/") == "db"
    assert '"Success"' in str(metadata.text_of(with_role, "/latest/meta-data/iam/security-credentials/db"))
    assert metadata.text_of(INSTANCE, "/latest/meta-data/iam/security-credentials/") is None
    assert metadata.text_of(INSTANCE, "/latest/meta-data/placement/region") == "eu-central-1"
    assert "placement/" in str(metadata.text_of(INSTANCE, "/latest/meta-data/")).splitlines()
    assert metadata.text_of({}, "/latest/meta-data/") is None


def test_an_estate_is_read_from_its_description() -> None:
    read = estate.of_document(DOCUMENT)
    assert read.hosts[0].volumes[0].disk_name == "nvme-Amazon_Elastic_Block_Store_vol0abc"
    assert read.hosts[0].hostname == "ip-10-40-2-10"
    assert read.prefix == f"cloudworks-{read.label}-one"


@pytest.mark.parametrize(
    "change",
    [
        {"hosts": [{"name": "db", "address": "10.41.2.10"}]},
        {"hosts": [{"name": "db"}]},
        {"hosts": [{"name": "../db", "address": "10.40.2.10"}]},
        {"name": "One"},
    ],
)
def test_a_description_that_can_not_hold_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(StackError):
        estate.of_document(DOCUMENT | change)


def test_estates_of_two_checkouts_share_no_name(tmp_path: Path) -> None:
    first, second = (Estate("one", "eu-central-1", (), checkout=tmp_path / name) for name in ("a", "b"))
    assert first.prefix != second.prefix
    assert network.router(first) != network.router(second)


def test_a_host_is_joined_to_the_bridge_of_its_subnet() -> None:
    read = estate.of_document(DOCUMENT)
    here, there = network.host_lines(read, Host("db", "10.40.2.10"))
    assert here[1].endswith("master subnet1")
    assert "address add 10.40.2.10/24 dev eth0" in there
    assert "route add default via 10.40.2.1" in there
    assert len(here[0].split()[2]) <= 15  # what Linux takes as the name of a link


def test_the_certificate_has_the_endpoints_names_and_its_key_is_private(tmp_path: Path) -> None:
    made = certificates.create(tmp_path, "eu-central-1")
    shown = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    said = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "*.s3.eu-central-1.amazonaws.com" in said.get_values_for_type(x509.DNSName)
    shown.verify_directly_issued_by(x509.load_pem_x509_certificate(made.authority.read_bytes()))
    assert made.key.stat().st_mode & 0o077 == 0
