"""Instants as this product shows them: in Shanghai time, with its offset."""

from datetime import datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))


def shanghai(instant: datetime) -> datetime:
    """Return the aware ``instant`` at +08:00, in whole seconds."""
    return instant.astimezone(SHANGHAI).replace(microsecond=0)
