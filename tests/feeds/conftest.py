"""A release with awkward rows, written in every format we register."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

import gongkai_feeds
from gongkai import (
    Category,
    DisclosureItem,
    Field,
    FieldType,
    Frequency,
    ReleaseContext,
    ServiceKind,
    SkipDistribution,
    TableSchema,
    Text,
    WrittenFile,
)
from gongkai.domain.identifiers import DatasetId, Version
from gongkai.rows.columns import identifier, typed
from gongkai.rows.store import open_rows, write_typed_parquet

FIELDS = (
    Field("code", FieldType.STRING, Text("项目编码", "Item code"), "010100", required=True),
    Field("org_id", FieldType.STRING, Text("机构代码", "Organization"), "12370100495570303U"),
    Field("name", FieldType.STRING, Text("名称", "Name"), "超声检查", max_length=200),
    Field(
        "price",
        FieldType.NUMBER,
        Text("价格", "Price"),
        "240.00",
        unit=Text("元", "CNY"),
        decimals=2,
        minimum="0",
        required=True,
    ),
    Field("rate", FieldType.NUMBER, Text("比率", "Rate"), "12.5"),
    Field("people", FieldType.INTEGER, Text("人数", "People"), "12", personal_count=True),
    Field("is_open", FieldType.BOOLEAN, Text("是否开放", "Is open"), "true"),
    Field("day", FieldType.DATE, Text("日期", "Date"), "2026-01-30"),
    Field("moment", FieldType.DATETIME, Text("时间", "Time"), "2026-01-30T08:00:00+08:00"),
    Field(
        "obs_flag",
        FieldType.STRING,
        Text("数据标记", "Flag"),
        "p",
        categories=(
            Category("p", Text("初步", "provisional")),
            Category("c", Text("保密隐去", "suppressed")),
        ),
    ),
    Field("channels", FieldType.LIST, Text("渠道", "Channels"), "web;board"),
)
SCHEMA = TableSchema(FIELDS, ("code", "day"))
ROWS: list[dict[str, str]] = [
    {
        "code": "010100",
        "org_id": "12370100495570303U",
        "name": '彩超"四维", 含\n报告',
        "price": "240.00",
        "rate": "5523.5",
        "people": "0",
        "is_open": "true",
        "day": "2026-01-30",
        "moment": "2026-01-30T08:05:06+08:00",
        "obs_flag": "p",
        "channels": "web;board",
    },
    {
        "code": "010101",
        "org_id": "37010019900307123X",
        "name": "=HYPERLINK(1)",
        "price": "0.5",
        "rate": "-10.0",
        "people": "999999999999999999",
        "is_open": "false",
        "day": "2026-01-31",
        "moment": "2026-01-29T16:00:00Z",
    },
    {"code": "010102", "name": "𠮷野家 _x0041_\r尾", "day": "2026-01-01", "obs_flag": "c"},
    {"code": "1e5", "name": " 前后空格 ", "price": "7", "day": "2025-12-31", "rate": "1e22"},
]
ITEM = DisclosureItem(
    key="service_prices",
    title=Text("医疗服务价格", "Medical service prices"),
    description=Text("各项医疗服务的价格。", "What each medical service costs."),
    service_kinds=frozenset({ServiceKind.CLINICAL}),
    legal_basis=(Text("《办法》第九条", "Measures, article 9"),),
    frequency=Frequency.MONTHLY,
    deadline_rules=("proactive_20wd",),
    table_schema=SCHEMA,
)


def write_parquet(
    folder: Path, rows: Sequence[dict[str, Any]] = ROWS, schema: TableSchema = SCHEMA
) -> Path:
    """Write ``rows`` of text as typed Parquet, as intake would; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rows.parquet"
    columns = ", ".join(f"{identifier(field.name)} VARCHAR" for field in schema)
    types = ", ".join(
        f"{typed(field, identifier(field.name))} AS {identifier(field.name)}" for field in schema
    )
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE raw ({columns})")
        connection.executemany(
            f"INSERT INTO raw VALUES ({', '.join('?' * len(schema.fields))})",
            [[row.get(field.name) for field in schema] for row in rows],
        )
        write_typed_parquet(connection, f"(SELECT {types} FROM raw)", schema, path)
    return path


@pytest.fixture
def release(tmp_path: Path) -> Iterator[ReleaseContext]:
    """The context of a release of ROWS, with no file written yet."""
    with open_rows(write_parquet(tmp_path / "store"), SCHEMA) as rows:
        yield ReleaseContext(
            dataset=DatasetId("jinan-hospital", "service_prices"),
            item=ITEM,
            institution=Text("济南市第一医院", "Jinan First Hospital"),
            version=Version(1, 2, 0),
            issued=datetime(2026, 1, 30, 1, 2, 3, 456, tzinfo=UTC),
            rows=rows,
            license_name="CC-BY-4.0",
            license_title=Text("署名 4.0", "Attribution 4.0"),
            license_url="https://creativecommons.org/licenses/by/4.0/",
            attribution="济南市第一医院",
            base_url="https://open.example.cn",
            change_note="更正两条价格",
        )


@pytest.fixture
def write_all(release: ReleaseContext) -> Callable[[Path], ReleaseContext]:
    """Write every format into a folder, in order, as a publication does."""

    def write(folder: Path) -> ReleaseContext:
        folder.mkdir(parents=True, exist_ok=True)
        context = release
        formats = gongkai_feeds.register_distribution_formats()
        for form in sorted(formats, key=lambda form: (form.order, form.name)):
            path = folder / form.name
            try:
                form.write(context, path)
            except SkipDistribution:
                continue
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            file = WrittenFile(
                form.name, form.media_type, len(data), digest, path, form.title, form.bundled
            )
            context = replace(context, written=(*context.written, file))
        return context

    return write


@pytest.fixture
def files(write_all: Callable[[Path], ReleaseContext], tmp_path: Path) -> Path:
    """The folder with every file of the release."""
    write_all(tmp_path / "files")
    return tmp_path / "files"
