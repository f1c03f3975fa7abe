"""A machine that boots for the first time: a folder in place of /, and an HTTPS server in place of S3."""

import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from provision.first_boot import FirstBoot
from provision.user_data import AGENT_MINIMUM, render

KEY = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nbm90IGEga2V5\n-----END PGP PUBLIC KEY BLOCK-----\n"
# What would change this machine: said instead of done. The rest of dpkg is the real one.
COMMANDS = {
    "dpkg": """if [ "$1" = --install ]; then
    echo "dpkg --install $(basename "$2")" >> "$MACHINE/done"
    [ ! -e "$MACHINE/dpkg-is-busy" ] || { rm "$MACHINE/dpkg-is-busy"; exit 2; }
    exec dpkg-deb --field "$2" Version > "$MACHINE/installed"
fi
exec /usr/bin/dpkg "$@"
""",
    "dpkg-query": 'cat "$MACHINE/installed"\n',
    "systemctl": 'echo "systemctl $*" >> "$MACHINE/done"\n',
}


@dataclass
class Store:
    """Objects by path; a path may fail a number of times before it answers, or announce too many bytes."""

    objects: dict[str, bytes]
    failures: dict[str, int] = field(default_factory=dict)
    is_cut_short: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""


@dataclass
class Machine:
    """What was there before the first boot, and what the boot has done."""

    folder: Path
    certificate: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def done(self) -> list[str]:
        """The commands that would have changed the machine."""
        path = self.folder / "done"
        return path.read_text().splitlines() if path.exists() else []

    def sources(self) -> list[str]:
        return sorted(
            str(path.relative_to(self.root))
            for pattern in ("sources.list", "sources.list.d/*")
            for path in (self.root / "etc/apt").glob(pattern)
        )

    def boot(self, boot: FirstBoot, *, trusts_store: bool = True) -> "subprocess.CompletedProcess[str]":
        """The rendered user data is run, as cloud-init runs it."""
        script = self.folder / "part-001"
        script.write_text(render(boot))
        environment = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "MACHINE": str(self.folder)}
        if trusts_store:
            environment["SSL_CERT_FILE"] = str(self.certificate)
        return subprocess.run(
            [sys.executable, str(script), str(self.root)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def new_machine(folder: Path) -> Machine:
    """Debian as its image is: with sources of its own, and no agent."""
    apt = folder / "root/etc/apt"
    (apt / "sources.list.d").mkdir(parents=True)
    (apt / "sources.list").write_text("# empty\n")
    (apt / "sources.list.d/debian.sources").write_text("Types: deb\n")
    (apt / "sources.list.d/other.list").write_text("deb https://other.example.com x main\n")
    (folder / "bin").mkdir()
    for name, body in COMMANDS.items():
        path = folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{body}")
        path.chmod(0o755)
    return Machine(folder, folder / "certificate.pem")


def agent_package(
    folder: Path, *, name: str = "amazon-ssm-agent", version: str = "3.3.987.0", architecture: str = "arm64"
) -> bytes:
    """A package as dpkg takes it."""
    control = folder / "package/DEBIAN/control"
    control.parent.mkdir(parents=True)
    control.write_text(
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        "Maintainer: test <test@example.com>\nDescription: test\n"
    )
    target = folder / "package.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "--build", str(control.parents[1]), str(target)],
        check=True,
        capture_output=True,
    )
    return target.read_bytes()


@contextmanager
def serving(store: Store, certificate: Path) -> Iterator[Store]:
    """The store answers over HTTPS on loopback, with a certificate that only who is told so trusts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            store.asked.append(self.path)
            body = store.objects.get(self.path)
            if store.failures.get(self.path, 0) > 0:
                store.failures[self.path] -= 1
                self.send_error(503)
            elif body is None:
                self.send_error(403)
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + (7 if store.is_cut_short else 0)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_write_certificate(certificate))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    store.url = f"https://127.0.0.1:{server.server_address[1]}"
    yield store
    server.shutdown()
    server.server_close()


def _write_certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def boot_from(store: Store, *, key_sha256: str = "", agent_sha256: str = "", attempts: int = 1) -> FirstBoot:
    """A first boot that takes everything from the store."""
    return FirstBoot(
        apt_url=f"{store.url}/apt",
        apt_suite="trixie",
        apt_key_url=f"{store.url}/apt/archive-key.asc",
        apt_key_sha256=key_sha256,
        agent_url=f"{store.url}/agent.deb",
        agent_sha256=agent_sha256,
        agent_minimum=AGENT_MINIMUM,
        architecture="arm64",
        attempts=attempts,
        pause_seconds=0.01,
    )
