"""How hard the tests try: ``GONGKAI_THOROUGH=1 ./dev test`` tries what takes longest, longer."""

import os

IS_THOROUGH = os.environ.get("GONGKAI_THOROUGH") == "1"


def effort(usual: int, thorough: int) -> int:
    """Return how many examples, kills or steps a test takes."""
    return thorough if IS_THOROUGH else usual
