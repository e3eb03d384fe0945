"""The frame of every mail that the site writes: greeting, body, who sent it."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gongkai.domain.text import Text


@dataclass(frozen=True)
class Letter:
    """One message's words; ``text`` and ``html`` say the same."""

    subject: str
    text: str
    html: str
    markdown: str


def frame(
    subject: str,
    *,
    text: Sequence[str],
    html: Sequence[str],
    markdown: Sequence[str],
    reader: str,
    site: Text,
    language: str,
) -> Letter:
    """Return a letter around a body of lines, for ``reader`` (no greeting where that is empty).

    ``html`` holds elements; ``markdown`` goes to robots and stays without greeting and footer.
    """
    english = language == "en"
    footer = Text(
        f"本消息由{site.zh}自动发送，请勿直接回复。", f"Sent by {site.en}. Replies are not read."
    ).in_language(language)
    lines, elements = [*text, "-- ", footer, ""], list(html)
    if reader:
        greeting = f"Dear {reader}," if english else f"{reader}，您好："
        lines.insert(0, f"{greeting}\n")
        elements.insert(0, f"<p>{escape(greeting)}</p>")
    body = "".join([*elements, f"<p><small>{escape(footer)}</small></p>"])
    page = (
        f'<!DOCTYPE html><html lang="{"en" if english else "zh-CN"}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head><body>{body}</body></html>"
    )
    return Letter(subject, "\n".join(lines), page, "\n".join(markdown))
