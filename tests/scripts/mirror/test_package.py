import pytest
from mirror.package import index_text, package_of, packages_in
from provision.errors import TerminalError

from tests.scripts.mirror.stanzas import package, stanza


def test_an_index_is_read_word_for_word() -> None:
    text = f"{stanza('bash', '2:5.2-1')}\n\n{stanza('zstd', architecture='all')}\n\n"
    bash, zstd = packages_in(text)
    assert (bash.name, bash.version, bash.key) == ("bash", "2:5.2-1", ("bash", "arm64"))
    assert bash.path == "pool/main/b/bash/bash_5.2-1_arm64.deb"
    assert (bash.size_bytes, bash.sha256, bash.md5) == (1234, "a" * 64, "a" * 32)
    assert zstd.architecture == "all"
    assert index_text([bash, zstd]) == text


def test_an_index_does_not_depend_on_the_order_in_which_packages_were_found() -> None:
    one, other = package("bash"), package("zstd")
    assert index_text([one, other]) == index_text([other, one])


def test_a_version_that_two_suites_list_is_one_package() -> None:
    assert len(packages_in(f"{stanza('bash')}\n\n{stanza('bash')}\n")) == 1
    assert len(packages_in(f"{stanza('bash')}\n\n{stanza('bash', '2.0')}\n")) == 2


@pytest.mark.parametrize("field", ["Package", "Version", "Architecture", "Filename", "Size", "SHA256"])
def test_a_package_that_can_not_be_checked_is_refused(field: str) -> None:
    lines = [line for line in stanza("bash").splitlines() if not line.startswith(f"{field}:")]
    with pytest.raises(TerminalError, match=f"lacks {field}"):
        package_of("\n".join(lines))


@pytest.mark.parametrize("path", ["/etc/passwd", "pool/../../etc/x.deb", "secrets/x.deb", "pool/x.txt"])
def test_a_package_may_lie_nowhere_but_in_the_pool(path: str) -> None:
    with pytest.raises(TerminalError, match="has the file name"):
        package_of(stanza("bash").replace("pool/main/b/bash/bash_1.0-1_arm64.deb", path))
