"""The sign-in page as a WSGI application: which address answers what."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from cheroot import wsgi

from local_stack.aws.moto_types import Moto
from local_stack.sign_in import endpoints, pages
from local_stack.sign_in.authorization import Rename
from local_stack.sign_in.forms import Forms
from local_stack.sign_in.messages import Answer, Request, TooLargeError, request_of
from local_stack.state import HOST

HEALTH_PATH = "/_local/health"
THREADS = 8
OPEN_TO_ALL = ("access-control-allow-origin", "*")
_PREFLIGHT = (
    OPEN_TO_ALL,
    ("access-control-allow-methods", "GET, POST"),
    ("access-control-allow-headers", "authorization, content-type"),
)
# Cognito's page on its revocation endpoint says nothing of other origins, and so this does not let them read.
_READ_BY_PAGES = ("/oauth2/token", "/oauth2/userInfo")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SignInDoor:
    """Answers for one emulated Cognito.

    `on_this_machine` says what an address that a client has registered is here; `turn` is held while a
    request is answered, and `on_change` is called after one that may have changed accounts.
    """

    def __init__(
        self,
        backend: Moto,
        on_this_machine: Rename = str,
        turn: Callable[[], AbstractContextManager[None]] = nullcontext,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._backend, self._turn, self._on_change = backend, turn, on_change
        forms = Forms(backend, on_this_machine)
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", HEALTH_PATH): lambda _request: Answer(200),
            ("GET", "/oauth2/authorize"): forms.authorize,
            ("GET", "/login"): forms.show_login,
            ("POST", "/login"): forms.log_in,
            ("GET", "/signup"): forms.show_signup,
            ("POST", "/signup"): forms.sign_up,
            ("GET", "/confirm"): forms.show_confirm,
            ("POST", "/confirm"): forms.confirm,
            ("GET", "/logout"): forms.log_out,
            ("GET", "/error"): lambda request: pages.error_page(request.query.get("error", "unknown")),
            ("POST", "/oauth2/token"): lambda request: endpoints.token(backend, forms.tickets, request),
            ("POST", "/oauth2/revoke"): lambda request: endpoints.revoke(backend, request),
            ("GET", "/oauth2/userInfo"): lambda request: endpoints.user_info(backend, request),
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        try:
            answer = self.answer(request_of(environ))
        except TooLargeError:
            answer = pages.error_page("The form is too large.", 413)
        except ValueError:
            answer = pages.error_page("The request can't be read.")
        except Exception:
            print(f"sign-in: {environ['REQUEST_METHOD']} {environ['PATH_INFO']}", flush=True)
            traceback.print_exc()
            answer = pages.error_page("Something went wrong here; the log of the AWS API says what.", 500)
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        start_response(answer.status_line, headers)
        return [answer.body]

    def answer(self, request: Request) -> Answer:
        """Return the answer to one request."""
        is_read_by_pages = request.path in _READ_BY_PAGES
        if request.method == "OPTIONS" and is_read_by_pages:
            return Answer(204, b"", _PREFLIGHT)
        route = self._routes.get((request.method, request.path))
        if route is None:
            known = {path for _, path in self._routes}
            return pages.error_page(
                "There is nothing at this address.", 405 if request.path in known else 404
            )
        with self._turn():
            answer = route(request)
            if request.method == "POST":
                self._on_change()
        return answer.with_headers(OPEN_TO_ALL) if is_read_by_pages else answer


def serve(door: Wsgi, port: int) -> wsgi.Server:
    """Open the port on loopback and answer in threads of its own; stop it with `.stop()`."""
    server = wsgi.Server((HOST, port), door, numthreads=THREADS, timeout=30, shutdown_timeout=3)
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    return server
