"""``SHA256SUMS``: what `sha256sum -c` reads."""

from collections.abc import Iterable
from pathlib import Path

from gongkai import DistributionFormat, ReleaseContext, Text, WrittenFile


def checksum_lines(files: Iterable[WrittenFile]) -> str:
    """Return a line a file, in the order of the names."""
    ordered = sorted(files, key=lambda file: file.name)
    return "".join(f"{file.sha256}  {file.name}\n" for file in ordered)


def write_checksums(context: ReleaseContext, path: Path) -> None:
    """Write the SHA-256 of every file written before this one."""
    path.write_text(checksum_lines(context.written), encoding="utf-8", newline="\n")


FORMAT = DistributionFormat(
    "SHA256SUMS",
    "text/plain",
    Text("校验值（SHA-256）", "Checksums (SHA-256)"),
    write_checksums,
    order=80,
    compress=False,
    bundled=False,
)
