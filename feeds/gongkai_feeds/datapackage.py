"""``datapackage.json``: the release as a Frictionless Data Package, version 2."""

import json
import re
from pathlib import Path
from typing import Any

from gongkai import (
    DistributionFormat,
    Field,
    FieldType,
    ReleaseContext,
    TableSchema,
    Text,
    WrittenFile,
)
from gongkai_feeds.times import shanghai

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE = "data.csv"
# The standard has no list of texts inside one cell that all readers know; it stays text.
_TYPES = {FieldType.LIST: "string"}
_PATTERNED = (FieldType.STRING, FieldType.LIST)


def write_datapackage(context: ReleaseContext, path: Path) -> None:
    """Write the description of this release's files; addresses are relative to it."""
    text = json.dumps(describe(context), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def describe(context: ReleaseContext) -> dict[str, Any]:
    """Return the data package: the CSV as its table, every other file under ``files``."""
    item = context.item
    found: dict[str, Any] = {
        "$schema": PROFILE,
        "name": f"{context.dataset.institution}.{context.dataset.item}",
        "id": f"{context.page_url}/releases/{context.version}",
        "title": f"{context.institution.zh}：{item.title.zh}",
        "title_en": f"{context.institution.en}: {item.title.en}",
        "description": item.description.zh,
        "description_en": item.description.en,
        "version": str(context.version),
        "created": shanghai(context.issued).isoformat(),
        "homepage": context.page_url,
        "licenses": [
            {
                "name": context.license_name,
                "path": context.license_url,
                "title": context.license_title.zh,
            }
        ],
        "sources": [{"title": context.institution.zh, "path": context.page_url}],
        "contributors": [{"title": context.institution.zh, "roles": ["publisher"]}],
        "keywords": _keywords(context),
        "attribution": context.attribution,
        "legal_basis": [basis.as_json() for basis in item.legal_basis],
        "frequency": item.frequency.value,
        "resources": [_resource(context, file) for file in context.written if file.name == TABLE],
        "files": [_file(context, file) for file in context.written if file.name != TABLE],
    }
    if context.change_note:
        found["change_note"] = context.change_note
    if context.metadata.get("control"):
        # Which small counts of persons are not told, and the thresholds used.
        found["disclosure_control"] = context.metadata["control"]
    return found


def table_schema(schema: TableSchema) -> dict[str, Any]:
    """Return the pure Table Schema of ``data.csv``; what it says, the file obeys."""
    found: dict[str, Any] = {
        "fields": [_field(field, schema) for field in schema],
        "missingValues": [""],
    }
    if not schema.nullable_key:
        found["primaryKey"] = list(schema.primary_key)
    return found


def _resource(context: ReleaseContext, file: WrittenFile) -> dict[str, Any]:
    return {
        "name": "data",
        "type": "table",
        "title": context.item.title.zh,
        **_file(context, file),
        "format": "csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "doubleQuote": True},
        "schema": table_schema(context.item.table_schema),
    }


def _file(context: ReleaseContext, file: WrittenFile) -> dict[str, Any]:
    return {
        "path": file.name,
        "mediatype": file.media_type,
        "bytes": file.byte_size,
        "hash": f"sha256:{file.sha256}",
        "url": context.file_url(file.name),
    }


def _keywords(context: ReleaseContext) -> list[str]:
    item = context.item
    words = [item.title.zh, item.title.en, context.institution.zh]
    if item.theme:
        words += [item.theme.zh, item.theme.en]
    return words


def _field(field: Field, schema: TableSchema) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": field.name,
        "type": _TYPES.get(field.type, field.type.value),
        "title": field.title.zh,
        "title_en": field.title.en,
        "example": field.example,
    }
    if field.hint:
        found |= {"description": field.hint.zh, "description_en": field.hint.en}
    if field.unit:
        found |= {"unit": field.unit.zh, "unit_en": field.unit.en}
    if field.type is FieldType.DATETIME:
        found["format"] = "%Y-%m-%dT%H:%M:%S%z"
    if field.categories:
        found["categories"] = [
            {"value": c.value, "label": c.label.zh, "label_en": c.label.en}
            for c in field.categories
        ]
    if field.type is FieldType.LIST:
        found |= {"delimiter": field.delimiter, "list_values": list(field.list_values)}
    if field.decimals is not None:
        found["decimals"] = field.decimals
    constraints = _constraints(field, schema)
    if constraints:
        found["constraints"] = constraints
    return found


def _constraints(field: Field, schema: TableSchema) -> dict[str, Any]:
    """Return only what every row of a checked file obeys and any reader can test."""
    found = field.constraints()
    if schema.has_obs_flag and field.name not in schema.primary_key:
        # obs_flag may explain why a figure is missing.
        found.pop("required", None)
    if field.name in schema.nullable_key:
        found.pop("required", None)
    if field.pattern and not _is_portable(field):
        found.pop("pattern")
    if "enum" in found and field.type is FieldType.BOOLEAN:
        found.pop("enum")
    return found


def _is_portable(field: Field) -> bool:
    """Tell whether readers that are not RE2 can test the pattern, and find it obeyed."""
    if field.type not in _PATTERNED or field.pattern_severity.value != "error":
        return False
    try:
        re.compile(field.pattern or "")
    except re.error:
        return False
    return True


FORMAT = DistributionFormat(
    "datapackage.json",
    "application/json",
    Text("数据包描述（Frictionless）", "Data Package description (Frictionless)"),
    write_datapackage,
    order=60,
)
