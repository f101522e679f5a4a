import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from shop import mailer
from shop.config import get_settings
from shop.models import Mail, Order, User

pytestmark = pytest.mark.anyio


async def test_a_promised_mail_is_sent_once(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered = []
    monkeypatch.setattr(mailer, "deliver", lambda mail, settings: delivered.append(mail.subject))
    user = User(email="ada@example.org", name="Ada", password_hash="-")
    session.add(user)
    await session.flush()
    mail = Mail(recipient=user.email, subject="Your order", body="Thanks")
    session.add(Order(customer_id=user.id, total=0, extras={}, mails=[mail]))
    await session.commit()

    assert await mailer.send_pending(session, get_settings()) == 1
    assert await mailer.send_pending(session, get_settings()) == 0
    assert delivered == ["Your order"]
