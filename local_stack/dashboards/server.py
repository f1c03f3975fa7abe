"""Starts and stops Shiny Server for one local stack, as user shiny, on 127.0.0.1 only."""

from __future__ import annotations

import io
import tarfile
import urllib.error
import urllib.request
from urllib.parse import unquote, urlsplit

from local_stack import podman
from local_stack.errors import StackNotReadyError
from local_stack.processes import wait_until
from local_stack.state import CHECKOUT, StackState

PART = "dashboards"
APPS = ("storefront",)
START_SECONDS = 90.0
WRITABLE = ("/run/shiny-server", "/var/log/shiny-server", "/tmp")  # noqa: S108 - inside the container
# the hosts' own: what Shiny Server must be told because of Debian and of R holds here, too
TEMPLATE = CHECKOUT / "roles/shiny_server/templates/shiny-server.conf.j2"
CONFIGURATION = "/etc/cloudworks/shiny-server.conf"
RENVIRON_PATH = "var/lib/shiny/.Renviron"
SHINY_SERVER = "/usr/lib/shiny-server/bin/shiny-server"
# Only HOME, LANG and PATH reach the R workers, so everything else is in .Renviron.
RENVIRON = """\
PGHOST={host}
PGPORT={port}
PGDATABASE={database}
PGUSER={user}
PGPASSWORD={password}
PGAPPNAME=dashboards
PGCONNECT_TIMEOUT=5
PGOPTIONS="-c TimeZone=UTC -c statement_timeout=15s -c default_transaction_read_only=on"
TZ=UTC
"""


def start(state: StackState, image: str) -> None:
    """Make the dashboards of this checkout answer at the stack's dashboards URL, on a new server."""
    stop(state)
    podman.podman(*create_arguments(state, image), timeout_seconds=60.0)
    podman.podman(
        "cp", "-", f"{state.container_name(PART)}:/", stdin=settings_archive(state, shiny_owner(image))
    )
    podman.podman("start", state.container_name(PART))
    await_pages(state)


def stop(state: StackState) -> None:
    """Remove the Shiny Server of this stack; nothing happens when there is none."""
    podman.remove(state, PART, stop_seconds=2)


def create_arguments(state: StackState, image: str) -> list[str]:
    """Return the arguments of `podman create`; they hold no secret, since anyone may read them."""
    apps = CHECKOUT / "shiny"
    return [
        "create",
        *podman.RUN_OPTIONS,
        f"--name={state.container_name(PART)}",
        f"--label={podman.LABEL}={state.label}",
        "--user=shiny",
        "--env=LANG=C.UTF-8",
        "--env=SHINY_LOG_STDERR=1",
        *(f"--volume={apps / app}:/srv/shiny-server/{app}:ro" for app in APPS),
        *(f"--mount=type=tmpfs,destination={path},notmpcopyup,chown=true" for path in WRITABLE),
        image,
        SHINY_SERVER,
        CONFIGURATION,
    ]


def settings_archive(state: StackState, owner: tuple[int, int]) -> bytes:
    """Return a tar of the configuration and of .Renviron, which only its owner (uid, gid) can read."""
    configuration = shiny_server_conf(state.port_of(state.dashboards_url))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for path, text, mode in (
            (CONFIGURATION.lstrip("/"), configuration, 0o644),
            (RENVIRON_PATH, renviron(state.dsn("reader")), 0o600),
        ):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(text.encode()), mode
            entry.uid, entry.gid = owner
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def shiny_server_conf(port: int) -> str:
    """Return Shiny Server's configuration: one R process an app, which stays, and no releases to try."""
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - `clean` must do without any package

    template = Environment(undefined=StrictUndefined, trim_blocks=True, autoescape=False)  # noqa: S701 - no HTML
    return template.from_string(TEMPLATE.read_text()).render(
        __shiny_server_worker_port=port,
        shiny_server_site="/srv/shiny-server",
        shiny_server_trial_site="",
        shiny_server_workers=1,
        shiny_server_idle_minutes=0,
        shiny_server_start_seconds=60,
        shiny_server_sessions_per_worker=100,
    )


def renviron(dsn: str) -> str:
    """Return the R workers' environment file for a libpq URL."""
    url = urlsplit(dsn)
    return RENVIRON.format(
        host=url.hostname,
        port=url.port,
        database=url.path.lstrip("/"),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


def shiny_owner(image: str) -> tuple[int, int]:
    """Return user and group number of `shiny` in the image, where Debian's packages chose them."""
    asked = podman.podman(
        "run", "--rm", *podman.RUN_OPTIONS, image, "stat", "--format=%u %g", "/var/lib/shiny"
    )
    user, group = asked.stdout.split()
    return int(user), int(group)


def page_url(state: StackState, app: str = "storefront") -> str:
    """Return the address that a person opens."""
    return f"{state.dashboards_url.rstrip('/')}/{app}/"


def await_pages(state: StackState, timeout_seconds: float = START_SECONDS) -> None:
    """Return when the page answers 200; a StackNotReadyError with the end of the log otherwise."""
    url = page_url(state)
    has_ended = False

    def is_settled() -> bool:
        nonlocal has_ended
        has_ended = not podman.is_running(state, PART)
        return has_ended or answers(url)

    if wait_until(is_settled, timeout_seconds, pause_seconds=0.5) and not has_ended:
        return
    what = "stopped while it started" if has_ended else f"did not answer within {timeout_seconds:.0f} s"
    raise StackNotReadyError(
        f"Shiny Server at {url} {what}; the end of its log:\n{log_end(state)}", "make up"
    )


def answers(url: str) -> bool:
    """Say whether the page answers 200; a cold R takes seconds for it."""
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own http://127.0.0.1 address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def log_end(state: StackState, lines_count: int = 20) -> str:
    """Return the end of what Shiny Server and its R workers wrote, indented."""
    name = state.container_name(PART)
    asked = podman.podman("logs", f"--tail={lines_count}", name, check=False)
    return "\n".join(
        f"    {line}" for line in (asked.stdout + asked.stderr).decode(errors="replace").splitlines()
    )
