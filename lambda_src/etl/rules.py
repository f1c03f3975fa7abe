"""By which rules the ETL reads events: the settings that decide what rows look like.

The warehouse keeps those of the last run (`etl.settings`), so that a replay, wherever it is started, works by
the same and marts know the currency of their sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contract.privacy import Privacy, privacy_from

from etl.codes import CURRENCIES
from etl.database import Connection
from etl.errors import TerminalError

# as environment variables, and in small letters as names in `etl.settings`
_VARIABLES = ("REPORTING_CURRENCY", "REDACT_EMAILS", "PRIVATE_PARAMETERS")


@dataclass(frozen=True)
class Rules:
    """What the marts' sums are in, and what is taken out of addresses."""

    reporting_currency: str = "EUR"
    privacy: Privacy = field(default_factory=Privacy)

    def __post_init__(self) -> None:
        """Refuse a currency that does not exist: no order would ever be in it."""
        if self.reporting_currency not in CURRENCIES:
            raise TerminalError(
                "REPORTING_CURRENCY must be a code of ISO 4217 such as EUR, given "
                f"{self.reporting_currency!r}; set platform_reporting_currency, then: "
                "python -m provision apply"
            )


def rules_from(environment: Mapping[str, str]) -> Rules:
    """Return the rules of the function's environment; the usual ones where it says nothing."""
    return Rules(environment.get("REPORTING_CURRENCY", "EUR"), privacy_from(environment))


def keep(connection: Connection, rules: Rules) -> None:
    """Let the warehouse hold these rules."""
    values = (
        rules.reporting_currency,
        str(rules.privacy.redacts_emails).lower(),
        ",".join(rules.privacy.parameters),
    )
    names = [name.lower() for name in _VARIABLES]
    connection.execute(
        "insert into etl.settings as kept (name, value) select * from unnest(%s::text[], %s::text[])"
        " on conflict (name) do update set value = excluded.value where kept.value <> excluded.value",
        [names, list(values)],
    )


def kept(connection: Connection) -> Rules:
    """Return the rules of the last run."""
    rows = connection.execute("select name, value from etl.settings").fetchall()
    return rules_from({name.upper(): value for name, value in rows})
