"""Customers and staff."""

import asyncio

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from shop.models import User
from shop.schemas import SignUp
from shop.security import hash_password, password_matches


class EmailTaken(Exception):
    """There is a user with this address."""


async def sign_up(session: AsyncSession, new: SignUp, *, staff: bool = False) -> User:
    hashed = await asyncio.to_thread(hash_password, new.password)
    user = User(email=new.email.lower(), name=new.name, password_hash=hashed, staff=staff)
    session.add(user)
    try:
        await session.commit()
    except IntegrityError:
        await session.rollback()
        raise EmailTaken(new.email) from None
    return user


async def find(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(User.email == email.lower()))


async def log_in(session: AsyncSession, email: str, password: str) -> User | None:
    user = await find(session, email)
    if user is None:
        return None
    right = await asyncio.to_thread(password_matches, password, user.password_hash)
    return user if right else None
