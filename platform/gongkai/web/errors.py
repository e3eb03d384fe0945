"""What can be wrong with a request before any service sees it."""

from gongkai.errors import Rejected


class InvalidJson(Rejected):
    """The body is not JSON as RFC 8259 and this site's limits have it."""

    code = "invalid-json"


class InvalidParameter(Rejected):
    """A parameter or a value of the body does not fit."""

    code = "invalid-parameter"


class UnknownParameter(Rejected):
    """A parameter or key that does not exist here: a typo that would go unseen."""

    code = "unknown-parameter"


class UnsupportedMediaType(Rejected):
    """The body comes in a form that this address does not read."""

    code = "unsupported-media-type"


class NotAcceptable(Rejected):
    """No form of the answer that is offered is one that was asked for."""

    code = "not-acceptable"
