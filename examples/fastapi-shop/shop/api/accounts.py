"""Sign-up and login."""

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm

from shop import accounts
from shop.api.dependencies import SessionDep, SettingsDep, UserDep
from shop.models import User
from shop.schemas import SignUp, Token, UserShown
from shop.security import make_token

router = APIRouter()


@router.post("/users", status_code=201, response_model=UserShown)
async def sign_up(new: SignUp, session: SessionDep) -> User:
    try:
        return await accounts.sign_up(session, new)
    except accounts.EmailTaken:
        raise HTTPException(409, "there is a user with this address") from None


@router.get("/users/me", response_model=UserShown)
async def me(user: UserDep) -> User:
    return user


@router.post("/login", response_model=Token)
async def log_in(
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
    session: SessionDep,
    settings: SettingsDep,
) -> Token:
    user = None
    if "\x00" not in form.username:
        user = await accounts.log_in(session, form.username, form.password)
    if user is None:
        raise HTTPException(401, "wrong address or password")
    return Token(access_token=make_token(user.id, settings.secret_key, settings.token_minutes))
