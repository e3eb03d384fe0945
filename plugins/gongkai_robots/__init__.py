"""Group robots of WeCom (企业微信) and DingTalk (钉钉): reminders where people talk anyway."""

from gongkai import ChannelKind, Text, hookimpl
from gongkai_robots import dingtalk, wecom

GONGKAI_API = 1


@hookimpl
def register_channel_kinds() -> list[ChannelKind]:
    """Return the two robots that health institutions use."""
    return [
        ChannelKind(
            key="wecom",
            title=Text("企业微信群机器人", "WeCom group robot"),
            render=wecom.render,
            is_ok=wecom.is_ok,
        ),
        ChannelKind(
            key="dingtalk",
            title=Text("钉钉群机器人", "DingTalk group robot"),
            render=dingtalk.render,
            is_ok=dingtalk.is_ok,
        ),
    ]
