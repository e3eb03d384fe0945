"""Calls to channels: Standard Webhooks, and what plugins know of robots.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from datetime import datetime

import orjson

from gongkai.domain.channels import ChannelMessage
from gongkai.errors import Rejected
from gongkai.models import Channel, Message
from gongkai.models.message import MessageKind
from gongkai.plugins import Plugins
from gongkai.services.outgoing import OutgoingFailed, OutgoingRequest, limits_of, send
from gongkai.settings import OutgoingSettings

_PREFIX = "whsec_"
_SECRET_BYTES = 24
_GONE = 410
_SUCCESS = range(200, 300)


class ChannelGone(Rejected):
    """The receiver says that it wants no more."""


def new_secret() -> str:
    """Return a secret to sign with, as receivers' libraries take it."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def check_secret(secret: str) -> str:
    """Return a secret of 24 to 64 bytes in Base64 after ``whsec_``. Raises Rejected."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(_PREFIX) or not 24 <= len(key) <= 64:
        raise Rejected("A webhook's secret is whsec_ and 24 to 64 bytes in Base64; leave it out.")
    return secret


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of ``webhook-signature``; ``timestamp`` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def call_channel(
    channel: Channel,
    message: Message,
    plugins: Plugins,
    settings: OutgoingSettings,
    *,
    now: datetime,
) -> None:
    """Hand ``message`` to its channel; it took it when this returns.

    Raises ChannelGone for 410, OutgoingRefused for an address that may not be called, and
    OutgoingFailed for everything that may pass.
    """
    limits = limits_of(settings)
    if message.kind == MessageKind.WEBHOOK:
        request = _webhook_request(channel, message, now)
        answer = send(request, limits, allowed_hosts=settings.allowed_hosts)
        is_ok = answer.status in _SUCCESS
    else:
        kind = plugins.channel_kinds.get(channel.kind)
        if kind is None:
            raise OutgoingFailed(f"No loaded plugin knows the channel kind {channel.kind!r}.")
        try:
            call = kind.render(_channel_message(channel, message, now))
            request = OutgoingRequest(call.url, "POST", call.headers, call.body)
        except Exception as error:
            raise OutgoingFailed(
                f"The plugin {kind.plugin} failed: {type(error).__name__}: {error}"[:500]
            ) from error
        answer = send(request, limits, allowed_hosts=settings.allowed_hosts)
        is_ok = kind.is_ok(answer.status, answer.body)
    if answer.status == _GONE:
        raise ChannelGone("The receiver answered 410 Gone.")
    if not is_ok:
        said = " ".join(answer.body[:200].decode("utf-8", "replace").split())
        raise OutgoingFailed(f"The receiver answered {answer.status}: {said or 'nothing more'}")


def _webhook_request(channel: Channel, message: Message, now: datetime) -> OutgoingRequest:
    body = orjson.dumps(message.body)
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(channel.secret, message.id, timestamp, body),
    }
    return OutgoingRequest(channel.url, "POST", headers, body)


def _channel_message(channel: Channel, message: Message, now: datetime) -> ChannelMessage:
    return ChannelMessage(
        id=message.id,
        title=message.body["title"],
        markdown=message.body["markdown"],
        text=message.body["text"],
        language=channel.language,
        url=channel.url,
        secret=channel.secret,
        sent_at=now,
    )
