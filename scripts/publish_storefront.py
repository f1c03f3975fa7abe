"""Publish the storefront: the built zip and the estate's addresses become what Amplify Hosting serves.

Reads the addresses from the live estate (as `python -m provision outputs` does), so that it comes after
`apply`. What is live already is not published again. A run that died is no harm: the next one waits until
what it left is old enough to be given up, says so, and publishes. docs/storefront.md has more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from botocore.exceptions import BotoCoreError, ClientError
from provision.aws import Aws, read_account
from provision.errors import ProvisionError, TerminalError, TransientError
from provision.function_zip import function_zips
from provision.outputs import read_outputs
from provision.plan import EXIT_CHANGES_WAITING, EXIT_ERROR, EXIT_NO_CHANGE
from provision.settings import DEFAULT_PATH, Settings, read_settings
from provision.stack import build_stack
from provision.waiting import wait_until
from storefront_release import Release, SiteError, release_of, site_files

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "frontend" / "storefront" / "dist" / "storefront.zip"
ENDED = {"SUCCEED", "FAILED", "CANCELLED"}
DEPLOY_TIMEOUT_SECONDS = 10 * 60
# Amplify takes no new deployment while one waits for its zip; whoever made that one is gone by then
GIVEN_UP_AFTER_SECONDS = 10 * 60
UPLOAD_TIMEOUT_SECONDS = 120

Now = Callable[[], datetime]


class Place:
    """The branch of Amplify Hosting that is live."""

    def __init__(self, pages: Any, app_id: str, branch: str) -> None:  # noqa: ANN401 - boto3's client
        self.pages = pages
        self.names = {"appId": app_id, "branchName": branch}

    def holds(self, release: Release) -> bool:
        """Say whether the release is live: the branch says which one it is, and of which job."""
        branch = self.pages.get_branch(**self.names)["branch"]
        live: str = branch.get("description", "")
        return live == described(release, branch.get("activeJobId", ""))

    def publish(self, release: Release, now: Now = lambda: datetime.now(UTC)) -> str:
        """Return the id of the job by which the release went live."""
        self._end_unfinished(now())
        made = self.pages.create_deployment(**self.names)
        job_id: str = made["jobId"]
        upload(made["zipUploadUrl"], release.archive)
        self.pages.start_deployment(**self.names, jobId=job_id)
        wait_until(
            lambda: self._job(job_id)["summary"]["status"] in ENDED,
            f"deployment {job_id} ended",
            timeout_seconds=DEPLOY_TIMEOUT_SECONDS,
        )
        self._refuse_failure(job_id)
        self.pages.update_branch(**self.names, description=described(release, job_id))
        return job_id

    def _job(self, job_id: str) -> dict[str, Any]:
        job: dict[str, Any] = self.pages.get_job(**self.names, jobId=job_id)["job"]
        return job

    def _refuse_failure(self, job_id: str) -> None:
        job = self._job(job_id)
        status = job["summary"]["status"]
        if status != "SUCCEED":
            reasons = "; ".join(step["statusReason"] for step in job["steps"] if step.get("statusReason"))
            raise TerminalError(
                f"Amplify must have taken deployment {job_id}, and it is {status}: "
                f"{reasons or 'no reason given'}. What was live before still is. Look at the deployment in "
                "Amplify's console, then run the same command again."
            )

    def _end_unfinished(self, now: datetime) -> None:
        """Nothing is in the way of a new deployment; raises `TransientError` while it may be under way."""
        jobs = self.pages.list_jobs(**self.names, maxResults=1)["jobSummaries"]
        if not jobs or jobs[0]["status"] in ENDED:
            return
        job_id, age_seconds = jobs[0]["jobId"], (now - jobs[0]["startTime"]).total_seconds()
        if age_seconds < GIVEN_UP_AFTER_SECONDS:
            left_seconds = GIVEN_UP_AFTER_SECONDS - age_seconds
            raise TransientError(
                f"Deployment {job_id} began {age_seconds:.0f} s ago and is {jobs[0]['status']}: somebody is "
                f"publishing, or was cut off. Run the same command again in {left_seconds:.0f} s: by then it "
                "has ended, or is stopped."
            )
        self.pages.stop_job(**self.names, jobId=job_id)
        wait_until(
            lambda: self._job(job_id)["summary"]["status"] in ENDED, f"deployment {job_id}, given up, ended"
        )
        print(f"stopped deployment {job_id}, which somebody began {age_seconds:.0f} s ago and never ended")


def described(release: Release, job_id: str) -> str:
    """Return the branch's description when the release is live by this job."""
    return f"release {release.id} by deployment {job_id}"


def upload(url: str, archive: bytes) -> None:
    """The zip is where Amplify fetches it; the address is its own permission, and is told to nobody."""
    try:
        answer = requests.put(
            url, data=archive, headers={"content-type": "application/zip"}, timeout=UPLOAD_TIMEOUT_SECONDS
        )
    except requests.RequestException as error:
        raise TransientError(
            f"The zip of {len(archive)} bytes can't be uploaded: {type(error).__name__}. "
            f"Run the same command again in {GIVEN_UP_AFTER_SECONDS} s."
        ) from None
    if answer.status_code != 200:
        raise TransientError(
            f"Amplify's upload address must take the zip of {len(archive)} bytes, and answers "
            f"{answer.status_code}. Run the same command again in {GIVEN_UP_AFTER_SECONDS} s."
        )


def live_outputs(settings: Settings, aws: Aws) -> dict[str, str]:
    """Return names and addresses of the live estate."""
    account = read_account(aws)
    stack = build_stack(settings, account, function_zips(ROOT, settings.function_architecture))
    return read_outputs(stack, settings, account, aws)


def run(settings: Settings, site: Path, *, is_check: bool) -> int:
    """Publish, or say what would be; return the exit code."""
    files = site_files(site)
    aws = Aws(settings.region)
    outputs = live_outputs(settings, aws)
    release = release_of(files, outputs)
    place = Place(aws.pages, outputs["amplify_app_id"], outputs["amplify_branch"])
    if place.holds(release):
        print(f"No change: release {release.id} is live at {outputs['storefront_url']}")
        return EXIT_NO_CHANGE
    if is_check:
        size_bytes, url = len(release.archive), outputs["storefront_url"]
        print(f"Would publish release {release.id}, {size_bytes} bytes, to {url}")
        return EXIT_CHANGES_WAITING
    began = time.monotonic()
    job_id = place.publish(release)
    print(
        f"Published release {release.id} by deployment {job_id} in {time.monotonic() - began:.0f} s. "
        f"CloudFront shows it within a minute: {outputs['storefront_url']}"
    )
    return EXIT_NO_CHANGE


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        prog="publish_storefront.py",
    )
    parser.add_argument("--zip", type=Path, default=BUILT, help="the built storefront")
    parser.add_argument("--check", action="store_true", help="publish nothing; 0: no change, 2: something")
    parser.add_argument("--settings", type=Path, default=ROOT / DEFAULT_PATH, help="the settings file")
    parsed = parser.parse_args(arguments)
    try:
        return run(read_settings(parsed.settings), parsed.zip, is_check=parsed.check)
    except (ProvisionError, SiteError, ClientError, BotoCoreError) as error:
        print(f"can't publish the storefront: {error}", file=sys.stderr)
        return EXIT_ERROR


if __name__ == "__main__":
    raise SystemExit(main())
