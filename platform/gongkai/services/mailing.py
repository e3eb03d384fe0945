"""Mail over SMTP: one connection for many, TLS checked, no server holds us for long."""

import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from gongkai.errors import Rejected
from gongkai.models import Message
from gongkai.services.outgoing import OutgoingFailed, cut_off_at
from gongkai.settings import MailSettings

_PERMANENT = range(500, 600)
# The one answer to MAIL FROM that is about the mail: it is too big (RFC 1870, 6.1).
_TOO_BIG = 552


class MailRefused(Rejected):
    """The server says for good that it does not take this mail."""


class MailPutOff(OutgoingFailed):
    """The server does not take this mail now (greylisting); that says nothing of the next."""


@dataclass
class Mailer:
    """A connection to the mail server, opened with the first mail. Use it in ``with``."""

    settings: MailSettings
    site_name: str
    base_url: str
    _client: "smtplib.SMTP | None" = None
    _line: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._hang_up(politely=error is None)

    def send(self, message: Message) -> None:
        """Hand ``message`` to the server; it took it when this returns.

        Raises MailRefused where it never will, MailPutOff where it will later, and
        OutgoingFailed where the server cannot be used, or hung up before it said that it took
        the mail.
        """
        deadline = time.monotonic() + self.settings.timeout_seconds
        mail = mail_of(message, self.settings.sender, self.site_name, self.base_url)
        try:
            client = self._connected(deadline)
            assert self._line is not None  # noqa: S101 - what _connected opens
            with cut_off_at(deadline, self._line):
                client.sendmail(self.settings.sender, [message.recipient], mail)
        except smtplib.SMTPSenderRefused as error:
            self._hang_up(politely=False)
            if error.smtp_code in _PERMANENT and error.smtp_code != _TOO_BIG:
                # It refuses our sender, whatever the mail: that is the configuration.
                raise OutgoingFailed(_answer(error.smtp_code, error.smtp_error)) from error
            _raise(error.smtp_code, error.smtp_error)
        except smtplib.SMTPResponseException as error:
            self._hang_up(politely=False)
            _raise(error.smtp_code, error.smtp_error)
        except smtplib.SMTPRecipientsRefused as error:
            self._hang_up(politely=False)
            _raise(*next(iter(error.recipients.values())))
        except (smtplib.SMTPException, OSError) as error:
            self._hang_up(politely=False)
            raise OutgoingFailed(self._sentence(error, deadline)) from error

    def _connected(self, deadline: float) -> smtplib.SMTP:
        if self._client is None:
            if self.settings.user and self.settings.security == "none":
                raise OutgoingFailed("mail.security is none, so mail.password is not sent.")
            plain = socket.create_connection(
                (self.settings.host, self.settings.port), self.settings.timeout_seconds
            )
            self._line = plain.dup()
            try:
                with cut_off_at(deadline, plain):
                    self._client = self._greeted(plain)
            except smtplib.SMTPResponseException as error:
                # What it says to us is about the configuration, not about this mail.
                raise OutgoingFailed(_answer(error.smtp_code, error.smtp_error)) from error
            finally:
                if self._client is None:
                    plain.close()
        return self._client

    def _greeted(self, plain: socket.socket) -> smtplib.SMTP:
        """Return a client that may send: after TLS and login, where these are set."""
        chosen = self.settings
        trusted = ssl.create_default_context()
        if chosen.ca_file:
            trusted.load_verify_locations(chosen.ca_file)
        if chosen.security == "tls":
            plain = trusted.wrap_socket(plain, server_hostname=chosen.host)
        client = _Over(plain, chosen)
        try:
            client.connect(chosen.host, chosen.port)
            if chosen.security == "starttls":
                client.starttls(context=trusted)
            if chosen.user:
                client.login(chosen.user, chosen.password)
        except BaseException:
            client.close()
            raise
        return client

    def _hang_up(self, *, politely: bool) -> None:
        client, self._client = self._client, None
        line, self._line = self._line, None
        if client is not None:
            try:
                if politely and line is not None:
                    with cut_off_at(time.monotonic() + 2, line):
                        client.quit()
            except (smtplib.SMTPException, OSError):
                pass  # it took what we had; how it says goodbye is its own affair
            finally:
                client.close()
        if line is not None:
            line.close()

    def _sentence(self, error: Exception, deadline: float) -> str:
        where = f"The mail server {self.settings.host}:{self.settings.port}"
        if time.monotonic() >= deadline:
            return f"{where} did not answer within {self.settings.timeout_seconds:g} seconds."
        return f"{where} cannot be used: {type(error).__name__}: {error}."[:500]


class _Over(smtplib.SMTP):
    """A client over a socket that is connected already, and in TLS already if it should be."""

    def __init__(self, line: socket.socket, settings: MailSettings) -> None:
        self._given = line
        # Without a name of ours, smtplib asks the resolver for one, which may hang.
        own_name = settings.sender.rpartition("@")[2]
        super().__init__(local_hostname=own_name, timeout=settings.timeout_seconds)
        # The name that STARTTLS checks the certificate against.
        self._host = settings.host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        return self._given


def mail_of(message: Message, sender: str, site_name: str, base_url: str) -> bytes:
    """Return the mail as it goes over the wire; the same message gives the same Message-ID."""
    mail = EmailMessage(policy=SMTP)
    user, _, domain = sender.rpartition("@")
    mail["From"] = Address(_plain(site_name), user, domain)
    to_user, _, to_domain = message.recipient.rpartition("@")
    mail["To"] = Address("", to_user, to_domain)
    mail["Subject"] = _plain(message.subject)
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{urlsplit(base_url).hostname or domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["Content-Language"] = "en" if message.body["language"] == "en" else "zh-CN"
    mail.set_content(message.body["text"])
    mail.add_alternative(message.body["html"], subtype="html")
    return mail.as_bytes()


def check_mail_address(text: str) -> str:
    """Return a mail address that can be written to. Raises Rejected with a sentence."""
    try:
        found = Address(addr_spec=text)
        well = text.isascii() and "." in found.domain and found.addr_spec == text
    except (ValueError, IndexError, MessageError):
        well = False
    if not well or len(text) > 254 or _plain(text) != text:
        raise Rejected(f"{text!r} is not a mail address such as name@hospital.example.")
    return text


def _plain(text: str) -> str:
    """Return one line without control characters, which would begin another header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _raise(code: int, said: bytes | str) -> None:
    if code in _PERMANENT:
        raise MailRefused(_answer(code, said))
    raise MailPutOff(_answer(code, said))


def _answer(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"The mail server says {code} {_plain(text)}"[:500]
