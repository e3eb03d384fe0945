"""WeCom's group robot: the key stands in the address, a message holds 4,096 bytes.

https://developer.work.weixin.qq.com/document/path/91770
"""

import json

from gongkai import ChannelCall, ChannelMessage
from gongkai_robots.answers import says_zero
from gongkai_robots.lines import fit

_BYTES = 4096


def render(message: ChannelMessage) -> ChannelCall:
    """Return the call that shows ``message`` in the group."""
    text = fit(f"**{message.title}**\n\n{message.markdown}", _BYTES, message.language)
    body = {"msgtype": "markdown", "markdown": {"content": text}}
    return ChannelCall(
        message.url,
        {"Content-Type": "application/json; charset=utf-8"},
        json.dumps(body, ensure_ascii=False).encode(),
    )


def is_ok(status: int, body: bytes) -> bool:
    """Tell whether the robot took it: WeCom answers 200 with an ``errcode``."""
    return says_zero(status, body)
