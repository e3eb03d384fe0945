"""One field of each kind, with what cleans and advises on its texts."""

from typing import Any

from gongkai.domain.table_schema import Field, TableSchema
from gongkai.rows.normalise import Normaliser
from gongkai.testing import make_field

MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"
QUARTER = r"^\d{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$"
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
REGION = r"^[1-9]\d{5}$|^000000$"
SIX = r"^\d{6}$"
STOCK = [
    {"value": "low", "label": {"zh": "偏低（红色）", "en": "Low stock"}},
    {"value": "normal", "label": {"zh": "正常", "en": "Normal"}},
    {"value": "low_2", "label": {"zh": "10²级", "en": "low"}},
]
AGES = [
    {"value": value, "label": {"zh": f"{value}岁", "en": f"{value} years"}}
    for value in ("17-24", "25-29", "2-3", "MAR1")
]
YUAN = {"zh": "元", "en": "CNY"}
CASES = {"zh": "例", "en": "cases"}
PERCENT = {"zh": "%", "en": "%"}

FIELDS: dict[str, dict[str, Any]] = {
    "text": {},
    "date": {"type": "date"},
    "instant": {"type": "datetime"},
    "flag": {"type": "boolean"},
    "number": {"type": "number"},
    "amount": {"type": "number", "decimals": 2},
    "price": {"type": "number", "decimals": 2, "unit": YUAN},
    "dollars": {"type": "number", "decimals": 2, "unit": {"zh": "美元", "en": "USD"}},
    "ten_thousands": {"type": "number", "unit": {"zh": "万元", "en": "CNY 10,000"}},
    "share": {"type": "number", "unit": PERCENT},
    "degrees": {"type": "number", "unit": {"zh": "℃", "en": "℃"}},
    "count": {"type": "integer", "unit": CASES, "constraints": {"minimum": 0}},
    "whole": {"type": "integer"},
    "measured": {"type": "number", "missingValues": ["-10", "N/A", "-"]},
    "month": {"constraints": {"pattern": MONTH}},
    "quarter": {"constraints": {"pattern": QUARTER}},
    "clock": {"constraints": {"pattern": CLOCK}},
    "region": {"constraints": {"pattern": REGION}},
    "six": {"constraints": {"pattern": SIX}},
    "phone": {"constraints": {"pattern": r"^\d{10,12}$"}},
    "serial_code": {"constraints": {"pattern": r"^\d{4}-\d{2,4}$"}},
    "icd": {"constraints": {"pattern": r"^[A-Z]\d{2}(\.[\dx]\d{0,3})?$"}},
    "web": {"constraints": {"pattern": r"^https?://\S+$"}},
    "stock": {"categories": STOCK},
    "age": {"categories": AGES},
    "channels": {"type": "list", "list_values": ["网站", "公开栏", "电子屏"]},
    "words": {"missingValues": ["-", "missing"]},
}


def schema_of(*fields: dict[str, Any], key: str = "code") -> TableSchema:
    """Return a schema with a text key ``code`` and ``fields``."""
    keyed = [] if any(field["name"] == key for field in fields) else [make_field(key)]
    return TableSchema.of({"fields": [*keyed, *fields], "primaryKey": [key]})


def column(kind: str) -> tuple[TableSchema, Field]:
    """Return the field ``kind`` of FIELDS in a schema of its own."""
    schema = schema_of(make_field("x", **FIELDS[kind]))
    return schema, schema.by_name["x"]


def normaliser(kind: str) -> Normaliser:
    """Return what cleans the field ``kind`` of FIELDS."""
    return Normaliser(*column(kind))
