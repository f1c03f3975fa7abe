#!/usr/bin/python
"""The module `platform_database`: a database with its roles, rights, limits and tables, in one call.

The work is that of scripts/database_rights.py, scripts/migrate_database.py and scripts/database_passwords.py,
which Ansible carries along (`module_utils` in ansible.cfg); this is where they meet the host.
"""

from __future__ import annotations

from typing import Any

from ansible.module_utils import database_passwords
from ansible.module_utils.basic import AnsibleModule, missing_required_lib

try:
    import psycopg
    from ansible.module_utils import database_rights, migrate_database
except ImportError:
    psycopg = None

DOCUMENTATION = r"""
module: platform_database
short_description: Make a database, its roles, their rights and its tables what the repository says
description:
  - Works over the local socket, as the superuser, and applies migrations as the database's owner.
  - In check mode nothing stays; where there is no server yet, all of it is said to change.
options:
  name: {description: The database. A role's whole name is <database>_<role>, type: str, required: true}
  roles: {description: Who logs in to it, type: list, elements: str, default: []}
  rights: {description: The text of <database>/database.sql, type: str, default: ""}
  migrations: {description: Name and text of every migration, type: dict}
  passwords: {description: Role and password, type: dict, default: {}}
author: CloudWorks
"""
EXAMPLES = r"""
- name: Make the shop's database what the repository says
  platform_database:
    name: oltp
    roles: [owner, shop, reader]
    rights: "{{ lookup('ansible.builtin.file', 'oltp/database.sql') }}"
"""
RETURN = r"""
did: {description: What was made or applied, type: list, elements: str, returned: always}
"""
SOCKET = "/run/postgresql"
SUPERUSER = "postgres"


def connect(database: str, role: str = SUPERUSER) -> Any:  # noqa: ANN401 - the driver may not be there yet
    """Return root's connection over the socket; the server lets it be any role (roles/postgresql)."""
    options = "-c client_min_messages=warning"
    place = {"host": SOCKET, "dbname": database, "user": role}
    return psycopg.connect(
        **place, application_name="ansible", connect_timeout=10, options=options, autocommit=True
    )


def agree(module: AnsibleModule) -> tuple[list[str], dict[str, str]]:
    """Roles, database and rights are as asked; return what was made, and the difference."""
    name, roles, rights = module.params["name"], module.params["roles"], module.params["rights"]
    if module.check_mode:
        made = database_rights.missing(connect, name, roles)
        if made:
            return made, {"before": "", "after": "".join(f"{line}\n" for line in made)}
    else:
        made = database_rights.make(connect, name, roles)
    with connect(name) as connection:
        before, after = database_rights.agree(connection, name, rights, is_kept=not module.check_mode)
    did = made + [f"{line} (new)" for line in after if line not in before]
    did += [f"{line} (gone)" for line in before if line not in after]
    return did, {"before": "\n".join(before) + "\n", "after": "\n".join(after) + "\n"}


def migrate(module: AnsibleModule) -> list[str]:
    """The tables are as the migrations say; return what was applied."""
    name = module.params["name"]
    migrations = [migrate_database.Migration(*one) for one in sorted(module.params["migrations"].items())]
    with connect(name, role=f"{name}_owner") as connection:
        if module.check_mode:
            waiting = migrate_database.pending(migrations, migrate_database.applied_in(connection))
            return [f"migration {one.name}" for one in waiting]
        applied = migrate_database.migrate(connection, migrations, lambda _line: None)
    return [f"migration {one}" for one in applied]


def give_passwords(module: AnsibleModule) -> list[str]:
    """The roles have their passwords; return those that had not."""
    name, passwords = module.params["name"], module.params["passwords"]
    with connect("postgres") as connection:
        changed = database_passwords.differing(connection, name, passwords)
        for whole_name in [] if module.check_mode else changed:
            password = passwords[whole_name.removeprefix(f"{name}_")]
            database_passwords.give(connection, whole_name, password)
    return [f"password of {whole_name}" for whole_name in changed]


def run(module: AnsibleModule) -> None:
    """All of it, in order; Ansible is told what was done."""
    did: list[str] = []
    diff: dict[str, str] = {}
    if module.params["rights"]:
        made, diff = agree(module)
        did += made
    # in check mode a database that is yet to be made can't be asked what it has
    is_there = not (module.check_mode and any(line.startswith(("database ", "role ")) for line in did))
    if module.params["migrations"] is not None:
        names = [f"migration {name}" for name in sorted(module.params["migrations"])]
        did += migrate(module) if is_there else names
    if module.params["passwords"]:
        did += give_passwords(module)
    module.exit_json(
        changed=bool(did), did=did, diff={**diff, "prepared": "".join(f"{one}\n" for one in did)}
    )


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "required": True},
            "roles": {"type": "list", "elements": "str", "default": []},
            "rights": {"type": "str", "default": ""},
            "migrations": {"type": "dict"},
            "passwords": {"type": "dict", "default": {}, "no_log": True},
        },
        supports_check_mode=True,
    )
    if psycopg is None:
        if module.check_mode:
            module.exit_json(changed=True, did=["all of it, once the driver is installed"])
        module.fail_json(msg=missing_required_lib("psycopg"))
    try:
        run(module)
    except psycopg.OperationalError as error:
        if module.check_mode:
            module.exit_json(changed=True, did=[f"all of it, once PostgreSQL answers: {error}"])
        module.fail_json(msg=f"PostgreSQL must answer on {SOCKET}, and does not: {error}")
    except (psycopg.Error, migrate_database.MigrationError) as error:
        module.fail_json(msg=f"the database {module.params['name']} could not be brought up to date: {error}")


if __name__ == "__main__":
    main()
