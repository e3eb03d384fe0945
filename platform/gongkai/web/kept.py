"""Answers that can never change, kept in this process so that asking again costs nothing."""

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

ALL_BYTES = 32 << 20
ONE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with the headers that belong to it."""

    body: bytes
    headers: tuple[tuple[str, str], ...]


class KeptAnswers:
    """The answers asked for last, up to a number of bytes. Safe among threads."""

    def __init__(self, all_bytes: int = ALL_BYTES, one_bytes: int = ONE_BYTES) -> None:
        self._all_bytes = all_bytes
        self._one_bytes = one_bytes
        self._byte_size = 0
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = Lock()

    def find(self, key: str) -> Answer | None:
        """Return what was kept under ``key``, or None."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
            return found

    def keep(self, key: str, answer: Answer) -> None:
        """Keep an answer unless it is long, forgetting those not asked for longest."""
        if len(answer.body) > self._one_bytes:
            return
        with self._lock:
            earlier = self._answers.pop(key, None)
            self._byte_size += len(answer.body) - (len(earlier.body) if earlier else 0)
            self._answers[key] = answer
            while self._byte_size > self._all_bytes:
                _, oldest = self._answers.popitem(last=False)
                self._byte_size -= len(oldest.body)
