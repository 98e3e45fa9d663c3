"""Mail out: by SMTP, or into a folder where no server is set. Loaded by dotted path from settings."""

from __future__ import annotations

import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from refill.domain.letters import MOST_SUBJECT, Letter, one_line
from refill.gateways import clock
from refill.gateways.cards import refuse_inside_transaction

# The server refuses us, not this mail. Only that it is too large is said of the mail when its sender is named.
_OF_OURS = (
    smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused,
)  # fmt: skip
TOO_LARGE = 552


class MailRefused(Exception):
    """The server will never take this mail."""


class MailNotNow(Exception):
    """Try again later. `for_all`: the server itself is out of reach, not this one address."""

    def __init__(self, why: str, *, for_all: bool) -> None:
        super().__init__(why)
        self.for_all = for_all


class MailGateway(Protocol):
    """Hands mails over, one at a time, outside any transaction."""

    def send(self, letter: Letter) -> None:
        """Return when the mail is taken. Raises MailRefused and MailNotNow; after a lost answer MailNotNow."""


class SmtpMail:
    """The server of REFILL_SMTP_URL. Only a verified certificate gets the password."""

    def send(self, letter: Letter) -> None:
        refuse_inside_transaction()
        try:
            with self._open() as server:
                message = written(letter)
                try:
                    server.send_message(message)
                except smtplib.SMTPNotSupportedError as fault:
                    raise MailRefused(f"{letter.to!r}: {fault}") from None
        except smtplib.SMTPRecipientsRefused as refused:
            ((code, said),) = refused.recipients.values()
            raise _fault(code, said) from None
        except smtplib.SMTPResponseException as fault:
            if isinstance(fault, _OF_OURS) and fault.smtp_code != TOO_LARGE:
                raise MailNotNow(f"{fault}", for_all=True) from None
            raise _fault(fault.smtp_code, fault.smtp_error) from None
        except (OSError, smtplib.SMTPException) as fault:
            raise MailNotNow(f"{type(fault).__name__}: {fault}", for_all=True) from None

    def _open(self) -> smtplib.SMTP:
        place = (settings.EMAIL_HOST, settings.EMAIL_PORT)
        if settings.EMAIL_USE_SSL:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                *place, timeout=settings.EMAIL_TIMEOUT, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(*place, timeout=settings.EMAIL_TIMEOUT)
            if settings.EMAIL_USE_TLS:
                server.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        return server


class FolderMail:
    """One file a mail, for the demo, the tests and whoever has not set a server yet."""

    def send(self, letter: Letter) -> None:
        refuse_inside_transaction()
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # A repeat is a file of its own: it would be a mail of its own.
        name = f"{clock.now():%Y%m%d-%H%M%S-%f}-{letter.number}-{secrets.token_hex(2)}"
        draft = folder / f"{name}.new"
        draft.write_bytes(bytes(written(letter)))
        draft.rename(folder / f"{name}.eml")


def written(letter: Letter) -> EmailMessage:
    """The message as it is sent: text first, then HTML. Raises MailRefused where the address is none."""
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = to = _with_ascii_domain(letter.to)
        if len(message["To"].addresses) != 1 or message["To"].addresses[0].addr_spec != to:
            raise MailRefused(f"{letter.to!r} is no mail address")
        message["From"] = settings.DEFAULT_FROM_EMAIL
        message["Subject"] = one_line(letter.subject)[:MOST_SUBJECT]
        for name, value in letter.headers.items():
            message[name] = value
    except (ValueError, IndexError) as fault:
        raise MailRefused(f"no header: {fault}") from None
    message["Date"] = format_datetime(clock.now())
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<refill-{letter.number}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    return message


def _with_ascii_domain(address: str) -> str:
    """The address as every server takes it: a domain in other letters has a spelling in these."""
    local, _, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{domain.encode('idna').decode()}"


@cache
def mail_gateway() -> MailGateway:
    """The gateway that settings name."""
    gateway: MailGateway = import_string(settings.REFILL_MAIL_GATEWAY)()
    return gateway


def _fault(code: int, said: bytes | str) -> Exception:
    words = f"{code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"
    return MailRefused(words) if code >= 500 else MailNotNow(words, for_all=code == 421)
