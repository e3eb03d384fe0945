"""``bundle.zip``: the table, its description, its checksums and a word to read first."""

import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from gongkai import DistributionFormat, ReleaseContext, Text, WrittenFile
from gongkai_feeds.checksums import checksum_lines
from gongkai_feeds.times import shanghai

_PACKED_ALREADY = (".xlsx", ".parquet", ".zip", ".gz", ".zst", ".png", ".jpg")
_LEVEL = 6
_README = """\
{title_zh}
{title_en}

发布机构 / Publisher: {institution_zh} / {institution_en}
版本 / Version: {version}
发布时间 / Issued: {issued}
网页 / Page: {page}
许可 / License: {license_zh} / {license_en}
{license_url}

引用方式 / How to cite
  {citation}

文件 / Files
{files}

编码为 UTF-8。数据表以字段名为表头，字段含义见 dictionary.csv；代码和编号都是文本，
请勿转换为数字。用 Excel 或 WPS 请打开 data.xlsx。
All text is UTF-8. Field names head the table; dictionary.csv explains them. Codes and
identifiers are text: do not turn them into numbers. In a spreadsheet, open data.xlsx.

核对文件 / To verify the files: sha256sum -c SHA256SUMS
{note}"""


def write_bundle(context: ReleaseContext, path: Path) -> None:
    """Write the archive; equal files give equal bytes, dates are that of the release."""
    files = sorted(
        (file for file in context.written if file.bundled),
        key=lambda file: file.name,
    )
    with ZipFile(path, "w", compression=ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        archive.writestr(_member(context, "README.txt"), readme(context, files))
        archive.writestr(_member(context, "SHA256SUMS"), checksum_lines(files))
        for file in files:
            member = _member(context, file.name)
            member.file_size = file.byte_size
            with file.path.open("rb") as source, archive.open(member, "w") as target:
                shutil.copyfileobj(source, target, 1 << 20)


def readme(context: ReleaseContext, files: list[WrittenFile]) -> str:
    """Return the text that comes first: what this is, whose, and how to cite it."""
    issued = shanghai(context.issued)
    width = max((len(file.name) for file in files), default=0)
    note = context.change_note
    return _README.format(
        title_zh=context.item.title.zh,
        title_en=context.item.title.en,
        institution_zh=context.institution.zh,
        institution_en=context.institution.en,
        version=context.version,
        issued=issued.isoformat(),
        page=context.page_url,
        license_zh=context.license_title.zh,
        license_en=context.license_title.en,
        license_url=context.license_url,
        citation=citation(context),
        files="\n".join(
            f"  {file.name:<{width}}  {file.title.zh} / {file.title.en}" for file in files
        ),
        note=f"\n本版说明 / About this version: {note}\n" if note else "",
    )


def citation(context: ReleaseContext) -> str:
    """Return how to cite this release, after GB/T 7714 for data sets (DS/OL)."""
    issued = shanghai(context.issued).date().isoformat()
    return (
        f"{context.institution.zh}. {context.item.title.zh}: {context.version}[DS/OL]. "
        f"({issued}). {context.page_url}/releases/{context.version}."
    )


def _member(context: ReleaseContext, name: str) -> ZipInfo:
    issued = shanghai(context.issued)
    # A ZIP archive knows no year before 1980.
    moment = (max(issued.year, 1980), *issued.timetuple()[1:6])
    member = ZipInfo(name, moment)
    member.compress_type = ZIP_STORED if name.endswith(_PACKED_ALREADY) else ZIP_DEFLATED
    member.create_system = 3
    member.external_attr = 0o644 << 16
    return member


FORMAT = DistributionFormat(
    "bundle.zip",
    "application/zip",
    Text("打包下载", "Everything in one archive"),
    write_bundle,
    order=90,
    compress=False,
    bundled=False,
)
