"""One of our databases with its roles, their rights and limits, as the repository says.

What a role may is written down in `<database>/database.sql`; this makes the database and the roles, runs
that, and tells what it changed. It looks before and after, and keeps nothing where nothing differs, so that
it can be run at any time. Passwords are given by `database_passwords`, tables made by `migrate_database`.

Nothing is imported but the driver: Ansible carries this module to the hosts (plugins/modules).
"""

from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
# Return a superuser's connection to a database, which commits each statement by itself.
Connect = Callable[[str], Connection]

# What `database.sql` may touch, a line each: attributes, settings, rights on databases, the schema `public`.
_STATE = r"""
select format('role %%s: login %%s, superuser %%s, createdb %%s, createrole %%s, replication %%s,'
    ' bypassrls %%s, connections %%s', rolname, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole,
    rolreplication, rolbypassrls, rolconnlimit)
from pg_roles where rolname like %(roles)s
union all
select format('setting of %%s: %%s', concat_ws(' in ', rolname, datname), setting)
from pg_db_role_setting
left join pg_roles on pg_roles.oid = setrole
left join pg_database on pg_database.oid = setdatabase,
unnest(setconfig) as setting
where rolname like %(roles)s or datname = %(database)s
union all
select format('right on database %%s: %%s of %%s', datname, privilege_type,
    case grantee when 0 then 'everybody' else pg_get_userbyid(grantee) end)
from pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba)))
where datname in (%(database)s, 'postgres', 'template1')
union all
select format('owner of database %%s: %%s', datname, pg_get_userbyid(datdba))
from pg_database where datname = %(database)s
union all
select format('schema %%s', nspname) from pg_namespace where nspname = 'public'
order by 1
"""


def missing(connect: Connect, database: str, roles: Sequence[str]) -> list[str]:
    """Return what must be made before the database's rights can be looked at: lines as of `make`."""
    with connect("postgres") as connection:
        known = {name for (name,) in connection.execute("select rolname from pg_roles").fetchall()}
        found = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchall()
    lines = [f"role {database}_{role}" for role in roles if f"{database}_{role}" not in known]
    return lines if found else [*lines, f"database {database}"]


def make(connect: Connect, database: str, roles: Sequence[str]) -> list[str]:
    """The roles and the database are there; return those that were not, as lines."""
    lines = missing(connect, database, roles)
    with connect("postgres") as connection:
        for line in lines:
            kind, _, name = line.partition(" ")
            if kind == "role":
                connection.execute(sql.SQL("create role {}").format(sql.Identifier(name)))
            else:
                owner = sql.Identifier(f"{database}_owner")
                # of the usual template, which has what every database of the host gets (roles/postgresql)
                statement = sql.SQL("create database {} owner {}")
                connection.execute(statement.format(sql.Identifier(name), owner))
    return lines


def state(connection: Connection, database: str) -> list[str]:
    """Return what the database's roles may, as lines."""
    parameters = {"database": database, "roles": f"{database}\\_%"}
    return [line for (line,) in connection.execute(_STATE, parameters).fetchall()]


def agree(
    connection: Connection, database: str, rights: str, *, is_kept: bool
) -> tuple[list[str], list[str]]:
    """Run the text of `database.sql`; return the state before and after it, which stays only if it differs.

    Nothing stays at all unless `is_kept`.
    """
    with connection.transaction() as whole:
        before = state(connection, database)
        # a file of this project, not anybody's input
        connection.execute(sql.SQL(rights))
        after = state(connection, database)
        if before == after or not is_kept:
            raise psycopg.Rollback(whole)
    return before, after
