"""Hashed passwords and signed tokens, with the standard library only."""

import base64
import hashlib
import hmac
import os
import time

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def hash_password(password: str) -> str:
    salt = os.urandom(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)
    return f"scrypt${salt.hex()}${digest.hex()}"


def password_matches(password: str, stored: str) -> bool:
    _, salt, digest = stored.split("$")
    found = hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), **_SCRYPT)
    return hmac.compare_digest(found.hex(), digest)


def _signature(payload: str, secret: str) -> str:
    digest = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def make_token(user_id: int, secret: str, minutes: int) -> str:
    payload = f"{user_id}.{int(time.time()) + minutes * 60}"
    return f"{payload}.{_signature(payload, secret)}"


def read_token(token: str, secret: str) -> int | None:
    """The user's id, or None when the token is forged, malformed or too old."""
    payload, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(payload, secret).encode(), signature.encode()):
        return None
    user_id, _, expires = payload.partition(".")
    return int(user_id) if int(expires) > time.time() else None
