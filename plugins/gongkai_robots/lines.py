"""Making a text fit, line by line, so that no link is cut in two."""

_MORE = {"zh": "……", "en": "…"}


def fit(text: str, at_most: int, language: str) -> str:
    """Return ``text`` in at most so many bytes of UTF-8, with its last lines left out."""
    if len(text.encode()) <= at_most:
        return text
    mark = _MORE.get(language, "…")
    room = at_most - len(mark.encode()) - 1
    kept: list[str] = []
    for line in text.split("\n"):
        room -= len(line.encode()) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, mark])
