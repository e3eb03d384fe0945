"""The small interface every store has: a folder now, S3-compatible storage later."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """Stored bytes: their SHA-256 (hex) is their name."""

    sha256: str
    byte_size: int


class BlobStore(Protocol):
    """Bytes by SHA-256. Nothing is ever overwritten."""

    def put(self, source: Path) -> Blob:
        """Store the bytes of ``source`` durably and return their name.

        Safe to run twice and to be killed: the blob is there whole or not at all. Raises
        StoreFull when there is no room.
        """
        ...

    def put_bytes(self, data: bytes) -> Blob:
        """Store ``data`` as ``put`` does."""
        ...

    def path(self, sha256: str) -> Path:
        """Return a local file with exactly these bytes, verified.

        Raises NotFound for an unknown name and IntegrityFailed for bytes that changed.
        """
        ...

    def verify(self, sha256: str) -> bool:
        """Read the bytes again and tell whether they still have their name."""
        ...

    def sweep(self) -> int:
        """Remove what killed writers left behind; return how many files that were."""
        ...
