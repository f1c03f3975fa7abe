"""Adds to moto 5.2.5 what EMR Serverless needs and moto lacks. Each function names its gap."""

from __future__ import annotations

from moto.core.responses import EmptyResult
from moto.emrserverless import urls
from moto.emrserverless.models import EMRServerlessBackend
from moto.emrserverless.responses import EMRServerlessResponse

from local_stack.aws.moto_types import Moto, replace_methods

# A label that moto takes: it knows none of the releases that are named after Spark's version.
_KNOWN_TO_MOTO = "emr-7.0.0"


def install() -> None:
    """Put every gap's filling in place."""
    _take_new_releases_and_architectures()
    urls.url_paths["{0}/tags/(?P<resourceArn>.+)$"] = EMRServerlessResponse.dispatch
    replace_methods(EMRServerlessResponse, tag_resource=_tag_resource)


def _take_new_releases_and_architectures() -> None:
    """moto refuses `emr-spark-8.0.0`, and forgets the architecture; it can change neither afterwards."""
    create, made = EMRServerlessBackend.create_application, EMRServerlessResponse.create_application
    update = EMRServerlessResponse.update_application

    def created(backend: Moto, **given: Moto) -> Moto:
        label = given.pop("release_label")
        application = create(backend, release_label=_KNOWN_TO_MOTO, **given)
        application.release_label = label
        return application

    def answered(response: Moto) -> Moto:
        before = set(response.emrserverless_backend.applications)
        answer = made(response)
        (new_id,) = set(response.emrserverless_backend.applications) - before
        application = response.emrserverless_backend.applications[new_id]
        application.architecture = response._get_param("architecture") or "X86_64"
        application.state = "CREATED"  # AWS starts it with its first job
        return answer

    def updated(response: Moto) -> Moto:
        application_id = response._get_param("applicationId")
        answer = update(response)
        application = response.emrserverless_backend.applications[application_id]
        for name, attribute in {"releaseLabel": "release_label", "architecture": "architecture"}.items():
            setattr(application, attribute, response._get_param(name) or getattr(application, attribute))
        if response._get_param("initialCapacity") is not None:  # moto takes an empty one for none given
            application.initial_capacity = response._get_param("initialCapacity")
        return answer

    replace_methods(EMRServerlessBackend, create_application=created)
    replace_methods(EMRServerlessResponse, create_application=answered, update_application=updated)


def _tag_resource(response: Moto) -> Moto:
    """moto cannot tag an application that is there."""
    arn = response._get_param("resourceArn")
    applications = response.emrserverless_backend.applications.values()
    application = next(one for one in applications if one.arn == arn)
    application.tags |= response._get_param("tags")
    return EmptyResult()
