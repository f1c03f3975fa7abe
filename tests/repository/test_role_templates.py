"""Every template of a role renders from its defaults and what an inventory gives; what is undefined fails."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.repository import roles, tree

TEMPLATES = {role: roles.files(role, "templates", "") for role in roles.NAMES}
VALUES = roles.parsed("tests/repository/role_values.yml")


def play(role: str, templates: list[str], values: dict[str, object]) -> list[dict[str, object]]:
    """Reads this machine's facts and renders the templates, and does nothing else."""
    folder = tree.ROOT / "roles" / role
    files = [folder / part / "main.yml" for part in ("defaults", "vars")]
    return [
        {
            "hosts": "localhost",
            "connection": "local",
            "gather_facts": True,  # ansible.cfg asks for none
            "gather_subset": ["min", "hardware", "network"],
            "vars_files": [str(file) for file in files if file.exists()],
            "vars": {
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "role_path": str(folder),
                **values,
            },
            "tasks": [
                {
                    "ansible.builtin.debug": {"msg": "{{ lookup('ansible.builtin.template', item) }}"},
                    "loop": [str(tree.ROOT / template) for template in templates],
                }
            ],
        }
    ]


def rendered(
    role: str, templates: list[str], values: dict[str, object], folder: Path
) -> subprocess.CompletedProcess[str]:
    """What Ansible says when it renders the templates."""
    file = folder / "render.yml"
    file.write_text(yaml.safe_dump(play(role, templates, values)))
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(tree.ROOT / "ansible.cfg"),
        "ANSIBLE_FILTER_PLUGINS": f"{tree.ROOT}/roles/{role}/filter_plugins:{tree.ROOT}/plugins/filter",
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
    }
    return subprocess.run(
        [str(tree.ROOT / ".venv/bin/ansible-playbook"), "--inventory", "localhost,", str(file)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_there_are_templates() -> None:
    assert any(TEMPLATES.values())


@pytest.mark.parametrize("role", [role for role, templates in TEMPLATES.items() if templates])
def test_every_template_of_a_role_renders(role: str, tmp_path: Path) -> None:
    done = rendered(role, TEMPLATES[role], VALUES.get(role, {}), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_template_with_an_undefined_variable_fails(tmp_path: Path) -> None:
    template = tmp_path / "wrong.conf.j2"
    template.write_text("port = {{ base_port_that_nobody_defines }}\n")
    done = rendered("base", [str(template)], VALUES["base"], tmp_path)
    assert done.returncode != 0
    assert "base_port_that_nobody_defines" in done.stdout + done.stderr


def test_values_are_kept_for_roles_that_are_there() -> None:
    assert set(VALUES) - set(roles.NAMES) == set()
