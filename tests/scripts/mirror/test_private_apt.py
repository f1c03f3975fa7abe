from pathlib import Path

import pytest
from mirror.private_apt import candidates_in, configuration_text, error_of
from provision.errors import TerminalError, TransientError

URIS = """\
'http://mirror.example/debian/pool/main/c/chrony/chrony_4.6.1-3%2bdeb13u2_arm64.deb' \
chrony_4.6.1-3+deb13u2_arm64.deb 299584 MD5Sum:a629b67eaf008b6dc0fb3f5da2f35c76
'http://mirror.example/debian/pool/main/v/vim/vim_9.1.1230-2_arm64.deb' \
vim_2%3a9.1.1230-2_arm64.deb 1234 SHA256:00
'http://mirror.example/debian/pool/main/t/tzdata/tzdata_2026f-0+deb13u1_all.deb' \
tzdata_2026f-0+deb13u1_all.deb 5 MD5Sum:00
"""


def test_what_apt_would_fetch_is_read_with_epochs() -> None:
    chrony, vim, tzdata = candidates_in(URIS)
    assert (chrony.spoken, chrony.size_bytes) == ("chrony=4.6.1-3+deb13u2", 299584)
    assert (vim.version, vim.file_name) == ("2:9.1.1230-2", "vim_2%3a9.1.1230-2_arm64.deb")
    assert tzdata.architecture == "all"


def test_a_file_name_that_says_no_version_is_refused() -> None:
    with pytest.raises(TerminalError, match="NAME_VERSION_ARCHITECTURE"):
        candidates_in("'http://mirror.example/x.deb' x.deb 12 MD5Sum:00\n")


def test_a_private_apt_touches_no_folder_of_the_machines() -> None:
    text = configuration_text(Path("/somewhere"), "arm64")
    folders = [line.split('"')[1] for line in text.splitlines() if line.startswith("Dir")]
    outside = {folder for folder in folders if folder.startswith("/") and not folder.startswith("/somewhere")}
    assert outside == {"/dev/null", "/etc/apt/auth.conf", "/etc/apt/auth.conf.d/"}  # logins are only read
    assert 'APT::Architecture "arm64";' in text


def test_only_errors_that_may_pass_ask_for_another_try() -> None:
    assert isinstance(error_of("apt-get", "E: Unable to locate package databse\n"), TerminalError)
    passing = error_of("apt-get", "E: Failed to fetch http://mirror.example/x  404\n")
    assert isinstance(passing, TransientError)
    assert "Run this again" in str(passing)


def test_an_error_keeps_apts_reasons_and_drops_its_progress() -> None:
    text = str(error_of("apt-get", "Reading lists...\nE: Unable to locate package databse\n"))
    assert "Reading lists" not in text
    assert "databse" in text
