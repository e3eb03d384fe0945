"""DingTalk's group robot, with its signature (加签) where the channel has a secret.

https://open.dingtalk.com/document/robots/custom-robot-access
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote_plus

from gongkai import ChannelCall, ChannelMessage
from gongkai_robots.answers import says_zero
from gongkai_robots.lines import fit

_BYTES = 18_000  # 20,000 bytes hold the whole body


def render(message: ChannelMessage) -> ChannelCall:
    """Return the call that shows ``message`` in the group."""
    # A single line break is none in DingTalk's Markdown.
    text = f"#### {message.title}\n\n{message.markdown}".replace("\n", "  \n")
    body = {
        "msgtype": "markdown",
        "markdown": {"title": message.title, "text": fit(text, _BYTES, message.language)},
    }
    return ChannelCall(
        _signed(message) if message.secret else message.url,
        {"Content-Type": "application/json; charset=utf-8"},
        json.dumps(body, ensure_ascii=False).encode(),
    )


def _signed(message: ChannelMessage) -> str:
    milliseconds = round(message.sent_at.timestamp() * 1000)
    digest = hmac.new(
        message.secret.encode(), f"{milliseconds}\n{message.secret}".encode(), hashlib.sha256
    ).digest()
    joint = "&" if "?" in message.url else "?"
    sign = quote_plus(base64.b64encode(digest))
    return f"{message.url}{joint}timestamp={milliseconds}&sign={sign}"


def is_ok(status: int, body: bytes) -> bool:
    """Tell whether the robot took it: DingTalk answers 200 with an ``errcode``."""
    return says_zero(status, body)
