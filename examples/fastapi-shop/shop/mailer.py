"""Sends the mails of the outbox. A mail counts as sent when the mail server took it."""

import asyncio
import logging
import smtplib
from email.message import EmailMessage

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from shop.config import Settings
from shop.db import utc_now
from shop.models import Mail

log = logging.getLogger(__name__)


async def send_pending(session: AsyncSession, settings: Settings, limit: int = 20) -> int:
    """Sends up to `limit` mails; several workers may do so at the same time."""
    query = (
        select(Mail)
        .where(Mail.sent_at.is_(None))
        .order_by(Mail.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    mails = (await session.scalars(query)).all()
    for mail in mails:
        await asyncio.to_thread(deliver, mail, settings)
        mail.sent_at = utc_now()
    await session.commit()
    return len(mails)


def deliver(mail: Mail, settings: Settings) -> None:
    """Without SMTP_HOST the mail goes to the log, for developers and trial systems."""
    if settings.smtp_host is None:
        log.info("mail to %s: %s", mail.recipient, mail.subject)
        return
    message = EmailMessage()
    message["From"], message["To"] = settings.mail_from, mail.recipient
    message["Subject"] = mail.subject
    message.set_content(mail.body)
    with smtplib.SMTP(settings.smtp_host, timeout=10) as server:
        server.send_message(message)
