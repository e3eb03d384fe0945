"""Who sends a request: bearer tokens, and nothing else."""

from flask import g, request
from sqlalchemy.orm import Session

from gongkai.errors import Unauthenticated
from gongkai.services.access import Actor, authenticate
from gongkai.web import current_site

CHANNEL = "api"
MAX_TOKEN = 200


def current_actor(session: Session) -> Actor:
    """Return who the token of this request speaks for. Raises Unauthenticated."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not secret or len(secret) > MAX_TOKEN:
        raise Unauthenticated("This needs a token: send “Authorization: Bearer …”.")
    return authenticate(session, secret, now=current_site().now(), channel=CHANNEL)


def authenticate_writer() -> None:
    """Find out who writes before anything else of the request is looked at."""
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        with current_site().reading() as session:
            g.writer = current_actor(session)


def writer() -> Actor:
    """Return who sends this request, which is not a reading one."""
    actor: Actor = g.writer
    return actor
