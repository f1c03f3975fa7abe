"""What people do here: sign in, sign up, confirm, sign out; and the way back to who sent them.

No state is kept of somebody who has not typed a password yet: the client's request stays in the address, and
is checked again at every step.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from hmac import compare_digest

from local_stack.aws.moto_types import Moto
from local_stack.sign_in import accounts, pages
from local_stack.sign_in.accounts import AccountError, Place
from local_stack.sign_in.authorization import (
    Asked,
    NoWayBackError,
    Rename,
    SentBackError,
    asked_of,
    signed_out_url,
)
from local_stack.sign_in.messages import Answer, Request, cookie, redirect
from local_stack.sign_in.tokens import Grant
from local_stack.sign_in.visits import CODE_SECONDS, SESSION_SECONDS, Kept, Session, Ticket

SESSION_COOKIE, CSRF_COOKIE = "cognito", "XSRF-TOKEN"
_Step = Callable[[Request, Place, Asked], Answer]


def _checked(step: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let a step see only requests that a client may make; the others are told why not."""

    def answered(forms: Forms, request: Request) -> Answer:
        place = accounts.place_of(forms.backend, request.query.get("client_id"))
        try:
            asked = asked_of(request.query, place.as_client if place else None, forms.on_this_machine)
        except NoWayBackError as error:
            return redirect("/error", {"error": str(error)})
        except SentBackError as error:
            return redirect(error.url, error.fields)
        if request.method == "POST" and not _is_own_form(request):
            return pages.error_page(
                "The form must come from this page, with cookies. Go back and try again.", 403
            )
        return step(forms, request, place, asked)

    return answered


class Forms:
    """The pages' steps; `tickets` are the codes that people took back to a client."""

    def __init__(self, backend: Moto, on_this_machine: Rename) -> None:
        self.backend, self.on_this_machine = backend, on_this_machine
        self.tickets: Kept[Ticket] = Kept(CODE_SECONDS)
        self._sessions: Kept[Session] = Kept(SESSION_SECONDS)

    @_checked
    def authorize(self, request: Request, place: Place, asked: Asked) -> Answer:
        """Who is signed in in this browser goes straight back with a code, all others to the form."""
        session = self._session(request, place)
        if session is None or not session.is_confirmed or request.query.get("prompt") == "login":
            return redirect("/login", request.query)
        return self._sent_back(asked, session)

    @_checked
    def show_login(self, request: Request, _place: Place, _asked: Asked) -> Answer:
        """Show the form for who has an account."""
        return _shown(request, "login.html", email=request.query.get("login_hint", ""))

    @_checked
    def log_in(self, request: Request, place: Place, asked: Asked) -> Answer:
        """Who has typed the right password goes back with a code, or has to confirm the account first."""
        email = request.form.get("username", "")
        try:
            user = accounts.signed_in(place, email, request.form.get("password", ""))
        except AccountError as error:
            return _shown(request, "login.html", str(error), email=email)
        return self._entered(request, place, asked, user)

    @_checked
    def show_signup(self, request: Request, place: Place, _asked: Asked) -> Answer:
        """Show the form for who has no account."""
        return _shown(request, "signup.html", rules=accounts.rules_of(accounts.password_policy(place)))

    @_checked
    def sign_up(self, request: Request, place: Place, asked: Asked) -> Answer:
        """A new account waits for its code."""
        email = request.form.get("username", "")
        try:
            user = accounts.signed_up(self.backend, place, email, request.form.get("password", ""))
        except AccountError as error:
            rules = accounts.rules_of(accounts.password_policy(place))
            return _shown(request, "signup.html", str(error), email=email, rules=rules)
        return self._entered(request, place, asked, user)

    @_checked
    def show_confirm(self, request: Request, place: Place, _asked: Asked) -> Answer:
        """Show the form for the code, to who has typed the account's password in this browser."""
        user = self._waiting(request, place)
        if user is None:
            return redirect("/login", request.query)
        return _shown(request, "confirm.html", email=_email(user))

    @_checked
    def confirm(self, request: Request, place: Place, asked: Asked) -> Answer:
        """The account is confirmed, and its owner signed in."""
        user = self._waiting(request, place)
        if user is None:
            return redirect("/login", request.query)
        try:
            accounts.confirm(self.backend, place, user, request.form.get("code", ""))
        except AccountError as error:
            return _shown(request, "confirm.html", str(error), email=_email(user))
        return self._entered(request, place, asked, user)

    def log_out(self, request: Request) -> Answer:
        """The browser's session is over; tokens that clients hold stay what they are, as Cognito has it."""
        place = accounts.place_of(self.backend, request.query.get("client_id"))
        try:
            url = signed_out_url(request.query, place.as_client if place else None, self.on_this_machine)
        except NoWayBackError as error:
            return redirect("/error", {"error": str(error)})
        self._sessions.take(request.cookies.get(SESSION_COOKIE))
        return redirect(url).with_headers(cookie(SESSION_COOKIE, "", 0))

    def _entered(self, request: Request, place: Place, asked: Asked, user: Moto) -> Answer:
        """The browser has a new session, and goes on to the code's form or back to the client."""
        is_confirmed = accounts.status_of(user) == "CONFIRMED"
        session = Session(place.pool.id, user.username, int(time.time()), is_confirmed)
        self._sessions.take(request.cookies.get(SESSION_COOKIE))
        known_as = cookie(SESSION_COOKIE, self._sessions.put(session), SESSION_SECONDS)
        if not is_confirmed:
            return redirect("/confirm", request.query).with_headers(known_as)
        return self._sent_back(asked, session).with_headers(known_as)

    def _sent_back(self, asked: Asked, session: Session) -> Answer:
        grant = Grant(session.username, asked.scopes, session.signed_in_at, asked.nonce)
        code = self.tickets.put(Ticket(asked, grant))
        return redirect(asked.redirect_uri, {"code": code, **({"state": asked.state} if asked.state else {})})

    def _session(self, request: Request, place: Place) -> Session | None:
        """Return the browser's session at this pool, if its account still is what it was."""
        session = self._sessions.get(request.cookies.get(SESSION_COOKIE))
        if session is None or session.pool_id != place.pool.id:
            return None
        user = place.pool.users.get(session.username)
        return session if user is not None and user.enabled else None

    def _waiting(self, request: Request, place: Place) -> Moto | None:
        """Return the account that this browser may confirm; None when there is none."""
        session = self._session(request, place)
        return None if session is None or session.is_confirmed else place.pool.users[session.username]


def _shown(request: Request, template: str, error: str | None = None, **more: object) -> Answer:
    """Return a page with a form; the form's secret is in a cookie, too, which other sites can't read."""
    known = request.cookies.get(CSRF_COOKIE)
    csrf = known or secrets.token_urlsafe(32)
    page = pages.form_page(template, request.query, csrf, error, **more)
    return page if known else page.with_headers(cookie(CSRF_COOKIE, csrf, SESSION_SECONDS))


def _is_own_form(request: Request) -> bool:
    kept, sent = request.cookies.get(CSRF_COOKIE, ""), request.form.get("_csrf", "")
    return bool(kept) and compare_digest(kept.encode(), sent.encode())


def _email(user: Moto) -> str:
    return str(user.attribute_lookup.get("email", user.username))
