"""The file has what the databases of this scenario are given; it is made the first time."""

import json
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from certificates import new_authority, new_server

file = Path(sys.argv[1])
if not file.exists():
    now = datetime.now(UTC)
    authority = new_authority("molecule", now)
    server = new_server(authority, ["10.40.2.10", "10.40.1.11"], now)
    made = {"authority": authority.certificate, "certificate": server.certificate, "key": server.key}
    part = file.with_suffix(f".{secrets.token_hex(4)}")
    part.touch(mode=0o600)
    part.write_text(json.dumps({**made, "passphrase": secrets.token_hex(32)}))
    part.replace(file)
