"""The secrets of a scenario's databases, made by scripts/host_secrets.py and kept in a file of the scenario.

make_secrets.py FILE DATABASE=ADDRESS...
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from host_secrets import completed, for_ansible


def main(file: Path, *hosts: str) -> None:
    """Print what `host_secrets.py read` would; make it the first time."""
    known = json.loads(file.read_text()) if file.exists() else {}
    addresses = dict(host.split("=") for host in hosts)
    names = {database: [f"{database}.molecule", address] for database, address in addresses.items()}
    document = completed(known, names, "molecule", datetime.now(UTC))
    file.touch(mode=0o600)
    file.write_text(json.dumps(document))
    print(json.dumps(for_ansible(document)))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
