"""Failures, as exceptions. Problems in data are values: see ``domain.problems``.

    GongkaiError
    ├── NotFound        what was asked for does not exist, or not for you
    │   └── Gone        it did, and was withdrawn
    ├── Forbidden       you may not
    │   └── Unauthenticated
    ├── Conflict        it was right once, or for somebody else
    │   ├── VersionExists · NothingChanged · ActedAlready · WrongState
    │   └── KeyReused · StillRunning
    ├── Rejected        what you sent cannot be taken
    │   ├── ReleaseRejected · TooLarge
    │   │   └── FindingsUndecided   (of ReleaseRejected)
    │   └── PluginRefused · SettingsRefused
    └── Unavailable     not your fault; try again
        ├── StoreFull
        └── IntegrityFailed

A kind decides the HTTP status and the exit code, in one table each, outside the domain.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class GongkaiError(Exception):
    """A failure with a stable public ``code`` and one sentence that says what to do.

    ``params`` fill the translated sentence that the web shows for ``code``; ``errors``
    are the places (pointer or row and field) that the failure is about.
    """

    code: ClassVar[str] = "failure"

    def __init__(
        self, message: str, *, errors: Sequence[Mapping[str, Any]] = (), **params: Any
    ) -> None:
        super().__init__(message)
        self.message = message
        self.errors = list(errors)
        self.params = params


class NotFound(GongkaiError):
    """There is no such thing, or the asker may not know of it."""

    code = "not-found"


class Gone(NotFound):
    """It was published and then withdrawn; the message carries the reason."""

    code = "withdrawn"


class Forbidden(GongkaiError):
    """The account may not do this."""

    code = "forbidden"


class Unauthenticated(Forbidden):
    """A token is missing, unknown, expired or revoked."""

    code = "unauthenticated"


class Conflict(GongkaiError):
    """The state of things does not allow this now."""

    code = "conflict"


class VersionExists(Conflict):
    """A release is immutable, so its version can be used only once."""

    code = "version-exists"


class NothingChanged(Conflict):
    """The file holds exactly the rows of the current release."""

    code = "nothing-changed"


class ActedAlready(Conflict):
    """Nobody acts in two steps of one draft."""

    code = "acted-already"


class WrongState(Conflict):
    """The draft is not in a state that allows this verb."""

    code = "wrong-state"


class KeyReused(Conflict):
    """An Idempotency-Key came back with another request."""

    code = "idempotency-key-reused"


class StillRunning(Conflict):
    """The first request with this Idempotency-Key has not finished."""

    code = "still-running"


class Rejected(GongkaiError):
    """What was sent cannot be taken as it is."""

    code = "rejected"


class TooLarge(Rejected):
    """A file or body is over a limit."""

    code = "too-large"


class ReleaseRejected(Rejected):
    """A draft still has problems that block it; ``errors`` lists the first of them."""

    code = "release-rejected"


class FindingsUndecided(ReleaseRejected):
    """The reviewer has not decided, or not properly, on what ``errors`` lists."""

    code = "findings-undecided"


class PluginRefused(Rejected):
    """A plugin cannot be loaded; the message names the parties and what to do."""

    code = "plugin-refused"


class SettingsRefused(Rejected):
    """A setting is unknown or has a value that makes no sense."""

    code = "settings-refused"


class Unavailable(GongkaiError):
    """Something this site depends on is down; the same call may work later."""

    code = "unavailable"
    retry_after_seconds: ClassVar[int] = 30


class StoreFull(Unavailable):
    """There is no room for the file; what was published stays as it was."""

    code = "store-full"


class IntegrityFailed(Unavailable):
    """Stored bytes do not have their recorded SHA-256; they are never served."""

    code = "integrity-failed"
