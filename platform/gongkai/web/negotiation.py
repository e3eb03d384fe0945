"""Which form of an answer was asked for."""

from collections.abc import Sequence

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header


def best_encoding(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """Return the content coding to send, of ``offered`` in our order of liking, or None.

    ``*`` names no coding, so it gets the file as it is (RFC 9110 §12.5.3 lets us).
    """
    if not accept_encoding or not offered:
        return None
    accepted = parse_accept_header(accept_encoding, Accept)
    quality = {name.lower(): float(weight) for name, weight in accepted}
    best = max(offered, key=lambda encoding: quality.get(encoding, 0.0))
    wanted = quality.get(best, 0.0)
    return best if wanted > 0 and wanted >= quality.get("identity", 0.0) else None
