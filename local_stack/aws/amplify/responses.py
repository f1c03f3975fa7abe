"""Amplify's calls. moto reads parameters and writes answers by botocore's own model of the service."""

from __future__ import annotations

import io
import time
import zipfile
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from local_stack.aws.amplify.hosting import hosted
from local_stack.aws.amplify.models import AmplifyBackend, Described, amplify_backends
from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID

PAGE_SIZE = 10


class AmplifyResponse(BaseResponse):
    """One request to Amplify."""

    def __init__(self) -> None:
        super().__init__(service_name="amplify")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> AmplifyBackend:
        """The apps of the caller's account and region."""
        return amplify_backends[self.current_account][self.region]

    def create_app(self) -> ActionResult:
        """As Amplify's API reference has it, like all calls here."""
        return ActionResult({"app": self.backend.create_app(self._settings())})

    def get_app(self) -> ActionResult:  # noqa: D102
        return ActionResult({"app": self.backend.app(self._get_param("appId"))})

    def list_apps(self) -> ActionResult:  # noqa: D102
        return self._page("apps", list(self.backend.apps.values()))

    def update_app(self) -> ActionResult:  # noqa: D102
        app = self.backend.app(self._get_param("appId"))
        app |= {**self._settings(), "updateTime": time.time()}
        return ActionResult({"app": app})

    def delete_app(self) -> ActionResult:  # noqa: D102
        return ActionResult({"app": self.backend.delete_app(self._get_param("appId"))})

    def create_branch(self) -> ActionResult:  # noqa: D102
        return ActionResult({"branch": self.backend.create_branch(*self._place(), self._settings())})

    def get_branch(self) -> ActionResult:  # noqa: D102
        return ActionResult({"branch": self.backend.branch(*self._place())})

    def list_branches(self) -> ActionResult:  # noqa: D102
        app = self.backend.app(self._get_param("appId"))
        return self._page("branches", list(self.backend.branches[app["appId"]].values()))

    def update_branch(self) -> ActionResult:  # noqa: D102
        branch = self.backend.branch(*self._place())
        branch |= {**self._settings(), "updateTime": time.time()}
        return ActionResult({"branch": branch})

    def delete_branch(self) -> ActionResult:  # noqa: D102
        return ActionResult({"branch": self.backend.delete_branch(*self._place())})

    def create_deployment(self) -> ActionResult:
        """The zip goes to an address that holds a secret, as it goes to a presigned one of S3's on AWS."""
        job, token = self.backend.create_deployment(*self._place())
        url = f"http://{self.headers['Host']}/amplify_{self.region}/uploads/{token}"
        return ActionResult({"jobId": job["jobId"], "zipUploadUrl": url, "fileUploadUrls": {}})

    def start_deployment(self) -> ActionResult:  # noqa: D102
        job = self.backend.start_deployment(*self._place(), self._get_param("jobId"))
        return ActionResult({"jobSummary": job})

    def get_job(self) -> ActionResult:  # noqa: D102
        job = self.backend.job(*self._place(), self._get_param("jobId"))
        return ActionResult({"job": {"summary": job, "steps": []}})

    def stop_job(self) -> ActionResult:  # noqa: D102
        job = self.backend.stop_job(*self._place(), self._get_param("jobId"))
        return ActionResult({"jobSummary": job})

    def list_jobs(self) -> ActionResult:  # noqa: D102
        place = self._place()
        self.backend.branch(*place)
        return self._page("jobSummaries", self.backend.jobs.get(place, [])[::-1])

    def tag_resource(self) -> ActionResult:  # noqa: D102
        self.backend.tags_of(self._get_param("resourceArn")).update(self._get_param("tags"))
        return EmptyResult()

    def untag_resource(self) -> ActionResult:  # noqa: D102
        tags = self.backend.tags_of(self._get_param("resourceArn"))
        for key in self._get_param("tagKeys"):
            tags.pop(key, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:  # noqa: D102
        return ActionResult({"tags": self.backend.tags_of(self._get_param("resourceArn"))})

    @staticmethod
    def upload(request: Moto, full_url: str, _headers: Moto) -> tuple[int, dict[str, str], str]:
        """Keep the zip; who knows the address may send it, until the deployment is started."""
        region, _, token = full_url.partition("/amplify_")[2].partition("/uploads/")
        backend = amplify_backends[ACCOUNT_ID][region]
        job = backend.uploads.get(token.partition("?")[0])
        if job is None or request.method != "PUT":
            return 403, {}, ""
        backend.archives[job] = request.data
        return 200, {}, ""

    @staticmethod
    def show(_request: Moto, full_url: str, _headers: Moto) -> tuple[int, dict[str, str], bytes]:
        """Answer for `https://<host>/<path>`: what is live there is everybody's to read."""
        region, _, rest = urlsplit(full_url).path.partition("/amplify_")[2].partition("/sites/")
        host, _, path = rest.partition("/")
        found = amplify_backends[ACCOUNT_ID][region].live_archive(host)
        if found is None:
            return 404, {"content-type": "text/plain"}, b"Nothing is deployed here\n"
        app, archive = found
        headers = (yaml.safe_load(app.get("customHeaders") or "{}") or {}).get("customHeaders", [])
        answer = hosted(_files_of(archive), app["customRules"], headers, unquote(f"/{path}"))
        return answer.status, dict(answer.headers), answer.body

    def _place(self) -> tuple[str, str]:
        return self._get_param("appId"), self._get_param("branchName")

    def _settings(self) -> Described:
        """What the caller set, in the names that it is described by."""
        found: dict[str, Any] = {key: value for key, value in self.params.items() if value is not None}
        return {key: value for key, value in found.items() if key not in {"appId", "branchName"}}

    def _page(self, key: str, found: list[Described]) -> ActionResult:
        first = int(self._get_param("nextToken") or 0)
        last = first + (self._get_param("maxResults") or PAGE_SIZE)
        more = {"nextToken": str(last)} if last < len(found) else {}
        return ActionResult({key: found[first:last], **more})


@lru_cache(maxsize=4)
def _files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}
