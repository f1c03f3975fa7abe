"""Adds Session Manager to moto 5.2.5, which has none of it: agents that report, and sessions on their hosts.

A host is online while the agent in it reports, as on AWS; nothing here looks into hosts. The data channel of
a session is not here: the stand-in for AWS's plugin (`local_stack/session_manager_plugin.py`) asks `admit`
which host a token opens. Sessions and reports are kept in memory only: after a restart agents report anew.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.ssm.responses import SimpleSystemManagerResponse
from moto.sts.models import sts_backends

from local_stack.aws.moto_types import Moto, replace_methods

SESSIONS_PATH = "/_local/sessions/"
LOST_SECONDS = 15.0  # without a report; the agent of local_stack/rehearsal reports every five
SHELL = "SSM-SessionManagerRunShell"
DOCUMENTS = {SHELL, "AWS-StartPortForwardingSession"}


@dataclass(frozen=True)
class Report:
    """What an agent said last, and when on the monotonic clock."""

    heard_at: float
    information: Mapping[str, Any]


@dataclass
class Session:
    """One session: who may open its data channel, and where it leads."""

    id: str
    target: str
    owner_arn: str
    document: str
    parameters: Mapping[str, list[str]]
    token: str = field(repr=False)
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None


_reports: dict[str, Report] = {}
_sessions: dict[str, Session] = {}


def install() -> None:
    """Put every gap's filling in place."""
    replace_methods(
        SimpleSystemManagerResponse,
        update_instance_information=_update_instance_information,
        describe_instance_information=_describe_instance_information,
        get_connection_status=_get_connection_status,
        start_session=_start_session,
        resume_session=_resume_session,
        terminate_session=_terminate_session,
        describe_sessions=_describe_sessions,
    )


def admit(session_id: str, token: str) -> dict[str, Any] | None:
    """Return where a session leads, to whoever holds its token, while the host is online; else None."""
    session = _sessions.get(session_id)
    if session is None or session.ended_at is not None or not secrets.compare_digest(session.token, token):
        return None
    if not _is_online(session.target):
        return None
    return {"target": session.target, "document": session.document, "parameters": dict(session.parameters)}


def _refused(code: str, message: str) -> JsonRESTError:
    error = JsonRESTError(code, message)
    error.code = 400
    return error


def _asked(response: Moto) -> dict[str, Any]:
    return dict(json.loads(response.body or "{}"))


def _is_online(instance_id: str) -> bool:
    report = _reports.get(instance_id)
    return report is not None and time.monotonic() - report.heard_at < LOST_SECONDS


def _instances(response: Moto) -> Iterator[Moto]:
    backend: Moto = ec2_backends[response.current_account][response.region]
    for reservation in backend.describe_instances():
        yield from reservation.instances


def _running(response: Moto, instance_id: str) -> Moto | None:
    found = (one for one in _instances(response) if one.id == instance_id)
    return next((one for one in found if one.state == "running"), None)


def _update_instance_information(response: Moto) -> str:
    """What an agent calls every few minutes, here every few seconds; the API has it, the SDKs do not."""
    asked = _asked(response)
    instance_id = str(asked.get("InstanceId"))
    if _running(response, instance_id) is None:
        raise _refused("InvalidInstanceId", f"{instance_id} is no instance that runs.")
    if _caller_arn(response).rpartition("/")[2] != instance_id:
        raise _refused("AccessDeniedException", f"Only {instance_id} itself may report for it.")
    _reports[instance_id] = Report(time.monotonic(), asked)
    return "{}"


def _describe_instance_information(response: Moto) -> str:
    filters = {one["Key"]: set(one["Values"]) for one in _asked(response).get("Filters", [])}
    shown = [
        _described(instance, _reports[instance.id])
        for instance in _instances(response)
        if instance.id in _reports and instance.state == "running" and _is_wanted(instance, filters)
    ]
    return json.dumps({"InstanceInformationList": shown})


def _described(instance: Moto, report: Report) -> dict[str, Any]:
    names = ("AgentVersion", "PlatformType", "PlatformName", "PlatformVersion", "ComputerName")
    return {
        "InstanceId": instance.id,
        "PingStatus": "Online" if _is_online(instance.id) else "ConnectionLost",
        "LastPingDateTime": time.time() - (time.monotonic() - report.heard_at),
        "ResourceType": "EC2Instance",
        "IPAddress": instance.private_ip,
        **{name: report.information[name] for name in names if name in report.information},
    }


def _is_wanted(instance: Moto, filters: Mapping[str, set[str]]) -> bool:
    tags = {tag["key"]: tag["value"] for tag in instance.get_tags()}
    known: dict[str, Callable[[], str | None]] = {
        "InstanceIds": lambda: instance.id,
        "PingStatus": lambda: "Online" if _is_online(instance.id) else "ConnectionLost",
    }
    for key, values in filters.items():
        live = tags.get(key.removeprefix("tag:")) if key.startswith("tag:") else known[key]()
        if live not in values:
            return False
    return True


def _get_connection_status(response: Moto) -> str:
    target = _asked(response)["Target"]
    is_connected = _running(response, target) is not None and _is_online(target)
    return json.dumps({"Target": target, "Status": "connected" if is_connected else "notconnected"})


def _start_session(response: Moto) -> str:
    asked = _asked(response)
    target, document = asked["Target"], asked.get("DocumentName", SHELL)
    if document not in DOCUMENTS:
        raise _refused("InvalidDocument", f"Document with name {document} does not exist.")
    if _running(response, target) is None or not _is_online(target):
        raise _refused("TargetNotConnected", f"{target} is not connected.")
    owner = _caller_arn(response)
    session_id = f"{owner.rpartition('/')[2]}-{secrets.token_hex(9)[:17]}"
    token = secrets.token_urlsafe(48)
    _sessions[session_id] = Session(session_id, target, owner, document, asked.get("Parameters") or {}, token)
    return _opened(response, session_id)


def _resume_session(response: Moto) -> str:
    session = _sessions.get(_asked(response)["SessionId"])
    if session is None or session.ended_at is not None:
        raise _refused("DoesNotExistException", "There is no such session that could be resumed.")
    return _opened(response, session.id)


def _opened(response: Moto, session_id: str) -> str:
    stream = f"http://{response.headers['Host']}{SESSIONS_PATH}{session_id}"
    return json.dumps(
        {"SessionId": session_id, "TokenValue": _sessions[session_id].token, "StreamUrl": stream}
    )


def _terminate_session(response: Moto) -> str:
    session_id = _asked(response)["SessionId"]
    if session_id in _sessions:
        _sessions[session_id].ended_at = time.time()
    return json.dumps({"SessionId": session_id})


def _describe_sessions(response: Moto) -> str:
    is_history = _asked(response)["State"] == "History"
    shown = [
        {
            "SessionId": one.id,
            "Target": one.target,
            "Owner": one.owner_arn,
            "DocumentName": one.document,
            "Status": "Terminated" if one.ended_at else "Connected",
            "StartDate": one.started_at,
            **({"EndDate": one.ended_at} if one.ended_at else {}),
        }
        for one in _sessions.values()
        if (one.ended_at is not None) is is_history
    ]
    return json.dumps({"Sessions": shown})


def _caller_arn(response: Moto) -> str:
    key_id, account = response.get_access_key(), response.current_account
    session: Moto = sts_backends[account]["aws"].get_assumed_role_from_access_key(key_id)
    if session is not None:
        return str(session.arn)
    user: Moto = iam_backends[account]["aws"].get_user_from_access_key_id(key_id)
    return str(user.arn)
