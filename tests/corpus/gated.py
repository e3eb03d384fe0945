"""Right tables that say what must not become public: the gate stands against them."""

from gongkai.testing import make_field
from tests.corpus.case import Case, of_family
from tests.rows.tables import item_of_fields

NOTES = item_of_fields(make_field("note", title={"zh": "备注", "en": "Note"}))


def noted(*texts: str) -> bytes:
    rows = "".join(f"K{n},{text}\n" for n, text in enumerate(texts, start=2))
    return f"code,备注\n{rows}".encode()


def id18(start: str) -> str:
    """Return a resident identity number with its right check digit."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(start, weights, strict=True))
    return start + "10X98765432"[total % 11]


NUMBER = id18("11010119900307123")


def found(name: str, about: str, text: str, *codes: str) -> Case:
    return Case(name, about, noted("一般说明", text), 2, gate=codes, item=NOTES)


CASES = of_family(
    "the gate",
    [
        found("an identity number", "With a right check digit.", NUMBER, "resident-id"),
        found(
            "an identity number of full width",
            "After NFKC it is one.",
            "".join(chr(ord(c) + 0xFEE0) for c in NUMBER),
            "resident-id",
        ),
        found(
            "an identity number with blanks",
            "And marks of no width.",
            f"{NUMBER[:6]} {NUMBER[6:14]}\u200b{NUMBER[14:]}",
            "resident-id",
        ),
        found(
            "an identity number inside a text",
            "Beside a name.",
            f"患者张三{NUMBER}已转院",
            "resident-id",
        ),
        found(
            "a mobile number",
            "In a field that is no contact.",
            "请致电13812345678",
            "mobile-number",
        ),
        found("a mark of secrecy", "With its term.", "机密★10年", "secret-mark"),
    ],
)
