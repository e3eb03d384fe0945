"""What our own workbooks carry, so that intake knows it again and lets it pass."""

from gongkai.domain.text import Text

AUTHOR = "Gongkai"
NOTES_SHEET = Text("填写说明", "Notes")
CODES_SHEET = Text("代码表", "Codes")
FINDINGS_SHEET = Text("校验结果", "Findings")
OWN_SHEETS = frozenset(
    name for sheet in (NOTES_SHEET, CODES_SHEET, FINDINGS_SHEET) for name in (sheet.zh, sheet.en)
)
