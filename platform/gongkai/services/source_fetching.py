"""Fetching what a watched source holds: a file under allowed folders, or an address outside.

Everything about a source is a stranger's word (RELIABILITY.md a4): its clock is never read, a
path that leads out of the allowed folders is refused however it does so, and size and time are
bounded. What counts is the hash of the bytes.
"""

import hashlib
import os
import re
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from gongkai.errors import Rejected, TooLarge, Unavailable
from gongkai.services.outgoing import OutgoingLimits, OutgoingRequest, check_address, send
from gongkai.settings import Settings

_CHUNK = 1 << 20
_HTTP = ("http://", "https://")
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
_SLUG = "{institution}"
_MAX_ADDRESS = 2000
_MAX_ETAG, _MAX_DATE = 500, 100


@dataclass(frozen=True)
class Validators:
    """What a source said of its content last time, to be sent back as it is."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Fetched:
    """What a source holds: the bytes are in the file that was asked for."""

    sha256: str
    byte_size: int
    validators: Validators


def folders_of(settings: Settings, slug: str, *, is_alone: bool) -> tuple[str, ...]:
    """Return the folders of this machine that an institution may watch files in.

    ``{institution}`` stands for its slug. A folder without it is for all, so it counts only
    where the institution is the site's only one: nobody reads what another one exported.
    """
    return tuple(
        folder.replace(_SLUG, slug)
        for folder in settings.sources.allowed_folders
        if _SLUG in folder or is_alone
    )


def check_source_address(settings: Settings, address: str, folders: Sequence[str]) -> None:
    """Raise Rejected where ``address`` may not be watched, with a sentence that says why.

    ``folders`` are those that ``folders_of`` gives.
    """
    if len(address) > _MAX_ADDRESS or _UNFIT.search(address):
        raise Rejected("The address has control characters or more than 2,000 letters.")
    if is_http(address):
        chosen = settings.outgoing
        check_address(address, _limits(settings), allowed_hosts=chosen.allowed_hosts)
        return
    path = Path(address)
    if not path.is_absolute():
        raise Rejected(
            "Give an http(s) address, or the whole path of a file, beginning with a slash."
        )
    _folder_of(_resolved(path, must_exist=False), folders)


def is_http(address: str) -> bool:
    """Tell whether an address is called, not opened."""
    return address.lower().startswith(_HTTP)


def file_name_of(address: str) -> str:
    """Return what the content is called: the last part of the path."""
    path = unquote(urlsplit(address).path) if is_http(address) else address
    return _UNFIT.sub("", Path(path).name)[:200] or "source"


def fetch(
    settings: Settings,
    address: str,
    into: Path,
    folders: Sequence[str],
    *,
    known: Validators | None = None,
) -> Fetched | None:
    """Write what ``address`` holds to ``into``; None where it says that nothing changed.

    ``folders`` are those that ``folders_of`` gives. ``known`` is what it said last time; without
    it, it is asked for its content anyway.
    Raises Rejected for what is not allowed, Unavailable for what cannot be had now, TooLarge.
    """
    if is_http(address):
        return _fetch_http(settings, address, into, known)
    return _fetch_file(settings, Path(address), into, folders)


def _limits(settings: Settings) -> OutgoingLimits:
    chosen, sources = settings.outgoing, settings.sources
    return OutgoingLimits(
        total_seconds=sources.timeout_seconds,
        body_bytes=sources.file_bytes,
        ports=frozenset(int(port) for port in chosen.ports),
        allow_http=chosen.allow_http,
        ca_file=chosen.ca_file,
    )


def _fetch_http(
    settings: Settings, address: str, into: Path, known: Validators | None
) -> Fetched | None:
    headers = {"Accept": "*/*"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    request = OutgoingRequest(address, headers=headers)
    with into.open("wb") as target:
        answer = send(
            request,
            _limits(settings),
            allowed_hosts=settings.outgoing.allowed_hosts,
            into=target,
        )
    if answer.status == 304 and len(headers) > 1:
        return None
    if 300 <= answer.status < 400 and answer.status != 304:
        raise Unavailable(
            f"The source answered {answer.status}, which leads elsewhere; register the address "
            "that it leads to."
        )
    if answer.status != 200:
        raise Unavailable(f"The source answered {answer.status}.")
    said = Validators(
        _short(answer.headers.get("etag"), _MAX_ETAG),
        _short(answer.headers.get("last-modified"), _MAX_DATE),
    )
    with into.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return _filled(Fetched(digest, answer.byte_size, said))


def _short(value: str | None, limit: int) -> str | None:
    return value if value and len(value) <= limit and not _UNFIT.search(value) else None


def _fetch_file(settings: Settings, path: Path, into: Path, folders: Sequence[str]) -> Fetched:
    chosen = settings.sources
    with _opened_inside(path, folders) as source, into.open("wb") as target:
        before = _facts(source)
        digest, size = hashlib.sha256(), 0
        deadline = time.monotonic() + chosen.timeout_seconds
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > chosen.file_bytes:
                raise TooLarge(
                    f"The file has more than {chosen.file_bytes:,} bytes, which is the limit."
                )
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"The file could not be read within {chosen.timeout_seconds:g} seconds."
                )
            digest.update(chunk)
            target.write(chunk)
        if _facts(source) != before:
            raise Unavailable("The file changed while it was read; it is read again later.")
    return _filled(Fetched(digest.hexdigest(), size, Validators()))


def _filled(fetched: Fetched) -> Fetched:
    if fetched.byte_size == 0:
        raise Unavailable("The source is empty; perhaps it is being written.")
    return fetched


@contextmanager
def _opened_inside(path: Path, folders: Sequence[str]) -> Iterator[BinaryIO]:
    """Open a regular file under one of ``folders``.

    The path is resolved first, and what it resolves to is opened part by part, following no
    link: one that is put there in between leads nowhere.
    """
    real = _resolved(path, must_exist=True)
    folder = _folder_of(real, folders)
    at = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        *above, name = real.relative_to(folder).parts or ("",)
        for part in above:
            below = os.open(
                part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at
            )
            os.close(at)
            at = below
        # A pipe would wait for a writer without O_NONBLOCK.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(name, flags, dir_fd=at)
    except OSError as error:
        raise Unavailable(f"The file cannot be opened: {error.strerror}.") from error
    finally:
        os.close(at)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Rejected("What is at this path is not a file.")
    with os.fdopen(handle, "rb") as stream:
        yield stream


def _resolved(path: Path, *, must_exist: bool) -> Path:
    try:
        return path.resolve(strict=must_exist)
    except FileNotFoundError as error:
        raise Unavailable("There is no file at this path now.") from error
    except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
        raise Unavailable("The path cannot be followed.") from error


def _folder_of(real: Path, folders: Sequence[str]) -> Path:
    """Return the allowed folder that a resolved path is in. Raises Rejected."""
    for folder in folders:
        allowed = Path(folder).resolve()
        if Path(folder).is_absolute() and real.is_relative_to(allowed) and real != allowed:
            return allowed
    raise Rejected(
        "This path is not in a folder that the operator allows this institution; such folders "
        "are named under sources.allowed_folders, with {institution} where there are several."
    )


def _facts(stream: BinaryIO) -> tuple[int, int, int]:
    found = os.fstat(stream.fileno())
    return found.st_size, found.st_mtime_ns, found.st_ino
