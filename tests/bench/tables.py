"""A price list of any length, the same for the same seed."""

import random
from pathlib import Path

from gongkai.testing import make_field, make_item

ITEM = make_item(
    "bench_prices",
    table_schema={
        "primaryKey": ["item_code"],
        "fields": [
            make_field("item_code", constraints={"required": True, "pattern": r"^\d{9}$"}),
            make_field("item_name", constraints={"required": True, "maxLength": 200}),
            make_field(
                "category",
                constraints={"required": True},
                categories=[
                    {"value": code, "label": {"zh": f"类别{code}", "en": f"Class {code}"}}
                    for code in ("lab", "bed", "surgery", "imaging")
                ],
            ),
            make_field(
                "price_cny",
                type="number",
                decimals=2,
                example="70.00",
                constraints={"required": True, "minimum": 0, "maximum": 999999.99},
            ),
            make_field("effective_from", type="date", example="2026-01-01"),
            make_field("note_text", constraints={"maxLength": 100}),
        ],
    },
)


def write_prices(path: Path, rows: int, *, seed: int = 75) -> Path:
    """Write ``rows`` valid rows as CSV in a shuffled order."""
    chance = random.Random(seed)
    codes = list(range(100_000_000, 100_000_000 + rows))
    chance.shuffle(codes)
    with path.open("w", encoding="utf-8") as stream:
        stream.write("item_code,item_name,category,price_cny,effective_from,note_text\n")
        for code in codes:
            kind = ("lab", "bed", "surgery", "imaging")[code % 4]
            price = f"{chance.randrange(1, 900_000) / 100:.2f}"
            stream.write(f"{code},彩色多普勒超声常规检查{code % 997},{kind},{price},2026-01-01,\n")
    return path
