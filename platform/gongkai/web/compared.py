"""How much two releases differ, counted once and kept: it can never change."""

from collections import OrderedDict
from threading import Lock

from flask import current_app

from gongkai.rows.change_lists import ChangeSummary
from gongkai.services.comparing import Pair, open_pair
from gongkai.web.current import current_site

SAMPLES = 20
KEPT_PAIRS = 200
_KEPT = "gongkai-compared"


class _Kept:
    """The summaries asked for last. Safe among threads."""

    def __init__(self) -> None:
        self.summaries: OrderedDict[str, ChangeSummary] = OrderedDict()
        self.lock = Lock()


def summary_of(pair: Pair) -> ChangeSummary:
    """Return what changed between two releases in numbers, with the first changes of each kind.

    Raises QueryTooExpensive.
    """
    kept: _Kept = current_app.extensions.setdefault(_KEPT, _Kept())
    with kept.lock:
        found = kept.summaries.get(pair.mark)
        if found is not None:
            kept.summaries.move_to_end(pair.mark)
            return found
    with open_pair(current_site(), pair) as changes:
        found = changes.summary(samples=SAMPLES)
    with kept.lock:
        kept.summaries[pair.mark] = found
        while len(kept.summaries) > KEPT_PAIRS:
            kept.summaries.popitem(last=False)
    return found
