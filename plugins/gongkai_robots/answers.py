"""What both robots answer: 200, whatever they think of it, and an ``errcode``."""

import json


def says_zero(status: int, body: bytes) -> bool:
    """Tell whether the answer is 200 with ``errcode`` 0."""
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(answer, dict) and answer.get("errcode") == 0
