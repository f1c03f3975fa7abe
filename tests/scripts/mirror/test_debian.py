from pathlib import Path

import pytest
from mirror.debian import Mirrors, mirrors_of, refuse_unknown, sources_text
from provision.errors import TerminalError

POLICY = """\
Package files:
 100 /var/lib/dpkg/status
     release a=now
 500 https://packages.example/node nodistro/main amd64 Packages
     release o=. nodistro,a=nodistro,n=nodistro,l=. nodistro,c=main,b=amd64
     origin packages.example
 500 http://mirror.example/debian-security bookworm-security/main amd64 Packages
     release v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64
     origin mirror.example
 500 http://mirror.example/debian bookworm-updates/main amd64 Packages
     release v=12-updates,o=Debian,a=oldstable-updates,n=bookworm-updates,l=Debian,c=main,b=amd64
     origin mirror.example
 500 http://mirror.example/debian bookworm/main amd64 Packages
     release v=12.15,o=Debian,a=oldstable,n=bookworm,l=Debian,c=main,b=amd64
     origin mirror.example
Pinned packages:
"""


def test_the_mirrors_are_those_of_the_machines_own_apt() -> None:
    assert mirrors_of(POLICY) == Mirrors(
        "http://mirror.example/debian", "http://mirror.example/debian-security"
    )


def test_without_a_security_archive_the_option_is_named() -> None:
    lines = [line for line in POLICY.splitlines(keepends=True) if "security" not in line]
    with pytest.raises(TerminalError, match="give --security-mirror URL"):
        refuse_unknown(mirrors_of("".join(lines)))


def test_a_mirror_that_is_named_need_not_be_known() -> None:
    assert mirrors_of("") == Mirrors("", "")
    with pytest.raises(TerminalError, match="give --security-mirror URL"):
        refuse_unknown(Mirrors("http://mirror.example/debian", ""))
    named = Mirrors("http://mirror.example/debian", "http://mirror.example/security")
    assert refuse_unknown(named) == named


def test_without_any_debian_both_options_are_named() -> None:
    with pytest.raises(TerminalError, match="give --mirror URL and --security-mirror URL"):
        refuse_unknown(mirrors_of("Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n"))


def test_the_sources_are_debian_13_whatever_the_machine_runs() -> None:
    text = sources_text(mirrors_of(POLICY), Path("/keys.gpg"))
    assert "Suites: trixie trixie-updates\n" in text
    assert "Suites: trixie-security\n" in text
    assert text.count("Signed-By: /keys.gpg\n") == 2
    assert "bookworm" not in text
