"""Writing the files of a release: every format once, in order, with compressed twins."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import zstandard
from isal import igzip

from gongkai.domain.releases import (
    DistributionFormat,
    ReleaseContext,
    SkipDistribution,
    WrittenFile,
)
from gongkai.domain.text import Text
from gongkai.errors import GongkaiError, Rejected
from gongkai.services.ports import Progress

_CHUNK = 1 << 20
_SMALL = 1024
_ZSTD_LEVEL = 3
_WORTH_IT = 0.9


@dataclass(frozen=True)
class Written:
    """What one format gave: a file with its twins, or a note why there is none."""

    format: DistributionFormat
    file: WrittenFile | None
    gzip: Path | None = None
    zstd: Path | None = None
    note: Text | None = None


def write_distributions(
    context: ReleaseContext,
    formats: Sequence[DistributionFormat],
    folder: Path,
    *,
    progress: Progress,
) -> list[Written]:
    """Write every format into ``folder`` in ascending order and return what came of each.

    Each format sees in ``context.written`` what those before it wrote. Raises Rejected that
    names the plugin of a format that fails.
    """
    found: list[Written] = []
    for number, chosen in enumerate(formats):
        progress(chosen.name, number, len(formats))
        path = folder / chosen.name
        try:
            chosen.write(context, path)
        except SkipDistribution as skipped:
            found.append(Written(chosen, None, note=skipped.note))
            continue
        except GongkaiError:
            raise
        except Exception as error:
            raise Rejected(
                f"The plugin {chosen.plugin} could not write {chosen.name} "
                f"({type(error).__name__}: {error}); the current release stays as it was."
            ) from error
        file = _written(chosen, path)
        found.append(_with_twins(chosen, file))
        context = replace(context, written=(*context.written, file))
    progress("files", len(formats), len(formats))
    return found


def _written(chosen: DistributionFormat, path: Path) -> WrittenFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return WrittenFile(
        chosen.name,
        chosen.media_type,
        path.stat().st_size,
        digest,
        path,
        chosen.title,
        chosen.bundled,
    )


def _with_twins(chosen: DistributionFormat, file: WrittenFile) -> Written:
    if not chosen.compress or file.byte_size < _SMALL:
        return Written(chosen, file)
    gzip, zstd = file.path.with_name(f"{file.name}.gz"), file.path.with_name(f"{file.name}.zst")
    with (
        file.path.open("rb") as source,
        gzip.open("wb") as target,
        igzip.IGzipFile(filename="", mode="wb", compresslevel=3, fileobj=target, mtime=0) as packed,
    ):
        while chunk := source.read(_CHUNK):
            packed.write(chunk)
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    with file.path.open("rb") as source, zstd.open("wb") as target:
        compressor.copy_stream(source, target, size=file.byte_size)
    return Written(
        chosen,
        file,
        gzip if gzip.stat().st_size < file.byte_size * _WORTH_IT else None,
        zstd if zstd.stat().st_size < file.byte_size * _WORTH_IT else None,
    )
