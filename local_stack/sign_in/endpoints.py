"""What programs ask: tokens for a code or a refresh token, their end, and whose a token is.

Source: Cognito's developer guide, "The token issuer endpoint", "The token revocation endpoint", "The user
attributes endpoint".
"""

from __future__ import annotations

from local_stack.aws.moto_types import Moto
from local_stack.sign_in import tokens
from local_stack.sign_in.accounts import Place, place_of
from local_stack.sign_in.messages import Answer, Request, document
from local_stack.sign_in.tokens import TokenError
from local_stack.sign_in.visits import Kept, Ticket


def token(backend: Moto, tickets: Kept[Ticket], request: Request) -> Answer:
    """Return tokens, or OAuth's word for why there are none."""
    kinds = {"authorization_code": _by_code, "refresh_token": _by_refresh_token}
    by = kinds.get(request.form.get("grant_type", ""))
    place = place_of(backend, request.form.get("client_id"))
    if "grant_type" not in request.form:
        return _refused("invalid_request")
    if place is None:
        return _refused("invalid_client")
    if by is None:
        return _refused("unsupported_grant_type")
    try:
        return document(by(place, tickets, request))
    except TokenError as error:
        return _refused(str(error))


def revoke(backend: Moto, request: Request) -> Answer:
    """Take back a refresh token; also a token that is not known (any more) counts as taken back."""
    place = place_of(backend, request.form.get("client_id"))
    if place is None:
        return _refused("invalid_client", 401)
    if not request.form.get("token"):
        return _refused("invalid_request")
    try:
        tokens.revoke(place, request.form["token"])
    except TokenError as error:
        return _refused(str(error))
    return Answer(200)


def user_info(backend: Moto, request: Request) -> Answer:
    """Return the attributes of whom the bearer's access token is."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    try:
        if scheme.lower() != "bearer":
            raise TokenError("invalid_token")
        return document(tokens.whose(backend, bearer.strip()))
    except TokenError as error:
        return _refused(str(error), 401).with_headers(("www-authenticate", f'Bearer error="{error}"'))


def _by_code(place: Place, tickets: Kept[Ticket], request: Request) -> dict[str, object]:
    form = request.form
    if not all(form.get(name) for name in ("code", "redirect_uri", "code_verifier")):
        raise TokenError("invalid_request")
    ticket = tickets.take(form["code"])  # a code is used up also by who can't prove that it is theirs
    if ticket is None or not ticket.is_for(place.client.id, form["redirect_uri"], form["code_verifier"]):
        raise TokenError("invalid_grant")
    return tokens.first_tokens(place, ticket.grant)


def _by_refresh_token(place: Place, _tickets: Kept[Ticket], request: Request) -> dict[str, object]:
    if not request.form.get("refresh_token"):
        raise TokenError("invalid_request")
    return tokens.renewed_tokens(place, request.form["refresh_token"])


def _refused(error: str, status: int = 400) -> Answer:
    return document({"error": error}, status)
