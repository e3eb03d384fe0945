"""Files that are sent to us: streamed to the work folder under a quota, never held in memory."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import IO, Any

import flask
from werkzeug.exceptions import RequestEntityTooLarge

from gongkai.errors import TooLarge
from gongkai.settings import Settings
from gongkai.web.current import current_site
from gongkai.web.errors import InvalidParameter

CHUNK_BYTES = 1 << 20
# What multipart adds around a file: boundaries, headers, the other fields.
MULTIPART_SLACK_BYTES = 1 << 20
MAX_NAME = 255
_NAMELESS = "upload"
_SUFFIX_OF_TYPE = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received: where it waits, what it was called, its SHA-256 (hex)."""

    path: Path
    filename: str
    sha256: str
    byte_size: int


class Request(flask.Request):
    """A request whose multipart files wait in the work folder, not in ``/tmp``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting: list[IO[bytes]] = []

    def _get_file_stream(self, *_: Any, **__: Any) -> IO[bytes]:
        folder = work_folder(current_site().settings)
        stream = tempfile.TemporaryFile("rb+", dir=folder)  # noqa: SIM115 - see close
        self._waiting.append(stream)
        return stream

    def close(self) -> None:
        """Close the files of a form, that of a form which was cut off included."""
        super().close()
        for stream in self._waiting:
            stream.close()


def work_folder(settings: Settings) -> Path:
    """Return the folder where uploads wait, made if need be."""
    settings.storage.work.mkdir(parents=True, exist_ok=True)
    return settings.storage.work


@contextmanager
def received_file() -> Iterator[Upload]:
    """Receive the file of this request, as the raw body or as the part ``file``.

    The file is gone after the block. Raises TooLarge, and InvalidParameter when there is none.
    """
    settings = current_site().settings
    quota = settings.intake.file_bytes
    request = flask.request
    request.max_content_length = quota + MULTIPART_SLACK_BYTES
    if request.content_length is not None and request.content_length > (
        request.max_content_length if _is_form() else quota
    ):
        raise _too_large(quota)
    with tempfile.TemporaryDirectory(dir=work_folder(settings), prefix="upload-") as folder:
        path = Path(folder) / "content"
        try:
            stream, filename = _source()
            sha256, byte_size = _copy(stream, path, quota)
        except RequestEntityTooLarge as error:
            raise _too_large(quota) from error
        if byte_size == 0:
            raise InvalidParameter(
                "The request carries no file; send it as the body, or as the part “file” of "
                "multipart/form-data."
            )
        yield Upload(path, filename, sha256, byte_size)


def _source() -> tuple[IO[bytes], str]:
    request = flask.request
    if _is_form():
        sent = request.files.get("file")
        if sent is None:
            raise InvalidParameter(
                "The form has no part named “file”; or send the file as the body, with its own "
                "Content-Type."
            )
        return sent.stream, clean_name(sent.filename or "", sent.mimetype or "")
    name = request.args.get("filename") or _disposition_name() or ""
    return request.stream, clean_name(name, request.mimetype or "")


def _is_form() -> bool:
    # Not x-www-form-urlencoded: `curl --data-binary @file` says so of any file.
    return flask.request.mimetype == "multipart/form-data"


def _disposition_name() -> str | None:
    """Read the name from Content-Disposition, RFC 8187 forms (``filename*``) included."""
    sent = flask.request.headers.get("Content-Disposition")
    if sent is None:
        return None
    message = Message()
    message["Content-Disposition"] = sent.encode("latin-1", "replace").decode("utf-8", "replace")
    return message.get_filename()


def clean_name(name: str, media_type: str) -> str:
    """Return the last part of a file name without control characters, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    if printable.strip(".") == "":
        return _NAMELESS + _SUFFIX_OF_TYPE.get(media_type, "")
    return printable[-MAX_NAME:]


def _copy(stream: IO[bytes], path: Path, quota: int) -> tuple[str, int]:
    digest, byte_size = hashlib.sha256(), 0
    with path.open("xb") as target:
        while chunk := stream.read(CHUNK_BYTES):
            byte_size += len(chunk)
            if byte_size > quota:
                raise _too_large(quota)
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest(), byte_size


def _too_large(quota: int) -> TooLarge:
    return TooLarge(f"The file is larger than {quota:,} bytes, which is the limit here.")
