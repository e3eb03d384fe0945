"""Blobs in a folder: temp file, fsync, rename, fsync of the folder (RELIABILITY.md §3.1)."""

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gongkai.blobs.store import Blob
from gongkai.errors import IntegrityFailed, NotFound, StoreFull

_NAME = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_STALE_SECONDS = 24 * 3600
_FULL = {errno.ENOSPC, errno.EDQUOT}


class LocalBlobs:
    """A folder of read-only files, ``ab/abcd…``, with ``tmp`` beside them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._tmp = root / "tmp"
        self._tmp.mkdir(parents=True, exist_ok=True)
        self._verified: dict[str, tuple[int, int, int]] = {}

    def put(self, source: Path) -> Blob:
        with source.open("rb") as stream:
            return self._store(stream)

    def put_bytes(self, data: bytes) -> Blob:
        with self._writer() as (target, path):
            target.write(data)
            return self._keep(target, path, hashlib.sha256(data).hexdigest(), len(data))

    def path(self, sha256: str) -> Path:
        path = self._path(sha256)
        try:
            facts = path.stat()
        except FileNotFoundError as error:
            raise NotFound(f"There is no stored file {sha256}.") from error
        seen = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if self._verified.get(sha256) != seen:
            if not self.verify(sha256):
                raise IntegrityFailed(
                    f"The stored file {sha256} no longer has its recorded bytes; restore it from "
                    "a backup. It is not served."
                )
            self._verified[sha256] = seen
        return path

    def verify(self, sha256: str) -> bool:
        try:
            with self._path(sha256).open("rb") as stream:
                return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
        except FileNotFoundError:
            return False

    def sweep(self) -> int:
        limit = time.time() - _STALE_SECONDS
        stale = [path for path in self._tmp.iterdir() if path.stat().st_mtime < limit]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _store(self, stream: BinaryIO) -> Blob:
        digest, size = hashlib.sha256(), 0
        with self._writer() as (target, path):
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            return self._keep(target, path, digest.hexdigest(), size)

    def _keep(self, target: BinaryIO, path: Path, sha256: str, size: int) -> Blob:
        final = self._path(sha256)
        if final.exists() and self.verify(sha256):
            return Blob(sha256, size)
        target.flush()
        os.fsync(target.fileno())
        os.fchmod(target.fileno(), 0o444)
        if not final.parent.exists():
            final.parent.mkdir(exist_ok=True)
            _sync_folder(self._root)
        path.replace(final)
        _sync_folder(final.parent)
        return Blob(sha256, size)

    @contextmanager
    def _writer(self) -> Iterator[tuple[BinaryIO, Path]]:
        """Open a fresh temp file on the same file system; it is gone afterwards."""
        path = self._tmp / secrets.token_hex(16)
        try:
            with path.open("xb") as target:
                yield target, path
        except OSError as error:
            if error.errno in _FULL:
                raise StoreFull(
                    "There is no room for the file. What was published stays as it was; free "
                    "space on the storage and send the file again."
                ) from error
            raise
        finally:
            path.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        if _NAME.fullmatch(sha256) is None:
            raise NotFound(f"{sha256!r} is not the name of a stored file.")
        return self._root / sha256[:2] / sha256


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
