from pathlib import Path

import pytest
from mirror.wanted import BASE, IMAGE, IMAGE_PATH, IMPORTANT, REQUIRED, ROLES_PATH, read_lists, requests
from provision.errors import TerminalError


def roles(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "packages.yml"
    path.write_text(text)
    return path


def test_each_role_is_resolved_with_base_and_apart_from_the_others(tmp_path: Path) -> None:
    path = roles(tmp_path, "base: [chrony]\npostgresql: [postgresql-17]\nwarehouse: []\n")
    found = requests("arm64", path, is_image_included=False)
    assert found == {BASE: [REQUIRED, "chrony"], "postgresql": [REQUIRED, "chrony", "postgresql-17"]}


def test_what_the_machine_image_has_is_wanted_for_its_architecture(tmp_path: Path) -> None:
    path = roles(tmp_path, "base: []\n")
    image = {architecture: requests(architecture, path)[IMAGE] for architecture in ("arm64", "amd64")}
    assert {REQUIRED, IMPORTANT, "openssh-server", "cloud-init"} < set(image["arm64"])
    assert set(image["arm64"]) - set(image["amd64"]) == {"grub-cloud-arm64", "linux-image-cloud-arm64"}


@pytest.mark.parametrize(
    "text",
    [
        "- chrony\n",
        "base: chrony\n",
        "base: [chrony-]\n",
        "base: [chrony=1]\n",
        "base: ['~pextra']\n",
        "base: [",
    ],
)
def test_a_file_that_does_not_list_packages_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(TerminalError, match=r"packages\.yml must"):
        requests("arm64", roles(tmp_path, text))


def test_the_projects_own_lists_are_lists_of_packages() -> None:
    assert {"base", "postgresql", "shiny_server"} <= set(read_lists(ROLES_PATH))
    assert read_lists(IMAGE_PATH)
