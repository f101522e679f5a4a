"""What endpoints ask for: a session, the settings, the user behind the token."""

from typing import Annotated

from fastapi import Depends, HTTPException, Path
from fastapi.security import OAuth2PasswordBearer
from sqlalchemy.ext.asyncio import AsyncSession

from shop.config import Settings, get_settings
from shop.db import get_session
from shop.models import User
from shop.schemas import INT4
from shop.security import read_token

SessionDep = Annotated[AsyncSession, Depends(get_session)]
SettingsDep = Annotated[Settings, Depends(get_settings)]
Id = Annotated[int, Path(ge=1, le=INT4)]

_bearer = OAuth2PasswordBearer(tokenUrl="login")


async def current_user(
    session: SessionDep, settings: SettingsDep, token: Annotated[str, Depends(_bearer)]
) -> User:
    user_id = read_token(token, settings.secret_key)
    user = None if user_id is None else await session.get(User, user_id)
    if user is None:
        raise HTTPException(401, "log in first", headers={"WWW-Authenticate": "Bearer"})
    return user


UserDep = Annotated[User, Depends(current_user)]


async def current_staff(user: UserDep) -> User:
    if not user.staff:
        raise HTTPException(403, "only for staff")
    return user


StaffDep = Annotated[User, Depends(current_staff)]
