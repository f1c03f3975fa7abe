"""The app's own tests in R, in the image that runs it, on the golden marts and as the reader role."""

from __future__ import annotations

from local_stack import podman
from local_stack.dashboards.server import renviron
from local_stack.state import CHECKOUT, StackState

RUN = (
    "umask 077; cat > /tmp/.Renviron; cp -r /app /tmp/app; cd /tmp/app; "
    "R_ENVIRON_USER=/tmp/.Renviron exec Rscript tests/testthat.R"
)


def test_storefront_passes_its_tests_in_r(image: str, warehouse: StackState) -> None:
    app = CHECKOUT / "shiny" / "storefront"
    options = ["--rm", "--interactive", "--user=shiny", f"--volume={app}:/app:ro"]
    command = podman.run_command(warehouse, "testthat", options, image, ["sh", "-ec", RUN])
    done = podman.podman(
        *command[len(podman.command()) :],
        stdin=renviron(warehouse.dsn("reader")).encode(),
        timeout_seconds=300,
        check=False,
    )
    report = (done.stdout + done.stderr).decode(errors="replace")
    assert done.returncode == 0, report
    assert "DONE" in report, report
