"""Requests to the running application: placeholders, captures, logins."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import httpx

from support.journeys.placeholders import fill, fill_all, fill_text

SECONDS = 30  # for an answer
METHODS = ("get", "post", "put", "patch", "delete")
# A server may close a connection after a 5xx; a request on it would fail for no reason of ours.
ONE_BY_ONE = httpx.Limits(max_keepalive_connections=0)


class Unexpected(AssertionError):
    """An answer that is not what the step expects, with request and response."""


def method_and_path(step: Mapping[str, Any]) -> tuple[str, str]:
    for method in METHODS:
        if method in step:
            return method.upper(), step[method]
    raise ValueError(f"a step needs one of {', '.join(METHODS)}: {dict(step)}")


def at_path(document: Any, path: str) -> Any:
    """The value at `a.0.b`; raises KeyError with the path when there is none."""
    value = document
    for part in path.split("."):
        if isinstance(value, list) and part.lstrip("-").isdigit():
            if not -len(value) <= int(part) < len(value):
                raise KeyError(path)
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            raise KeyError(path)
    return value


class Client:
    """A browser-like client: keeps cookies and captured values between steps."""

    def __init__(self, base_url: str, headers: Mapping[str, str]) -> None:
        self.values: dict[str, Any] = {"base_url": base_url}
        self.headers: dict[str, str] = {}
        self.secure_url = base_url.replace("http://", "https://", 1)
        self.last: httpx.Response | None = None
        proxied = {name.lower(): value for name, value in headers.items()}
        self.secure = proxied.get("x-forwarded-proto") == "https"
        # Loopback has no TLS; without a certificate store a client is made in 1 ms, not in 30.
        self.http = httpx.Client(
            base_url=base_url,
            headers=dict(headers),
            timeout=SECONDS,
            verify=False,
            limits=ONE_BY_ONE,
            trust_env=False,  # a proxy of the developer's shell is no part of this
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def log_in(self, login: Mapping[str, Any]) -> None:
        for number, step in enumerate(login["steps"]):
            self.step(step, f"login step {number}")
        self.headers.update(fill_text(login["headers"], self.values))

    def send(self, step: Mapping[str, Any], name: str) -> httpx.Response:
        """Send the request of a step; no look at the answer. Raises Unexpected without one."""
        self.last = None
        method, path = method_and_path(step)
        url = str(fill_all(path, self.values, name))
        if url.startswith(self.secure_url):  # a Location as the proxy in front would have it
            url = url.removeprefix(self.secure_url) or "/"
        content = str(fill(step["content"], self.values)) if "content" in step else None
        headers = {**self.headers, **fill_text(step.get("headers") or {}, self.values)}
        if "json" in step:
            # Not httpx's own: lone surrogates have to reach the application as \ud800.
            content = json.dumps(fill(step["json"], self.values))
            headers.setdefault("Content-Type", "application/json")
        if "form" in step:
            form = fill(step["form"], self.values)
            content = urlencode(form, doseq=True, errors="surrogatepass")
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if self.secure and method != "GET":  # as a browser does; Django's CSRF check wants it
            headers.setdefault("Origin", self.secure_url)
        body = content.encode("utf-8", "surrogatepass") if content is not None else None
        try:
            self.last = self.http.request(method, url, content=body, headers=headers)
        except httpx.RequestError as error:
            raise Unexpected(
                f"{name}: no answer: {type(error).__name__}: {error}\n  > {method} {url}"
            ) from None
        for cookie in self.http.cookies.jar:
            cookie.secure = False  # production's cookies are Secure; on loopback there is no TLS
        return self.last

    def step(self, step: Mapping[str, Any], name: str) -> httpx.Response:
        """Send, compare the status, capture. Raises Unexpected."""
        response = self.send(step, name)
        expected = step.get("status")
        wrong = (
            response.status_code >= 400 if expected is None else response.status_code != expected
        )
        if wrong:
            wanted = "" if expected is None else f", expected {expected}"
            said = f"{line(response)} answered {response.status_code}{wanted}"
            raise Unexpected(f"{name}: {said}\n{show(response)}")
        for target, source in (step.get("capture") or {}).items():
            self.values[target] = capture(response, source, f"{name}.capture.{target}")
        return response


def capture(response: httpx.Response, source: Any, name: str) -> Any:
    """A value of the answer: dotted path of its JSON, header, cookie, or regular expression."""
    if isinstance(source, str):
        try:
            found = at_path(response.json(), source)
        except (KeyError, ValueError):
            raise Unexpected(f"{name}: the answer has no {source!r}\n{show(response)}") from None
        if found is None:
            raise Unexpected(f"{name}: {source!r} is null\n{show(response)}")
        return found
    kind, wanted = next(iter(source.items()))
    found = None
    if kind == "header":
        found = response.headers.get(wanted)
    elif kind == "cookie":
        found = response.cookies.get(wanted)
    elif kind == "text":
        match = re.search(wanted, response.text)
        found = match.group(1) if match else None
    if found is None:
        raise Unexpected(f"{name}: the answer has no {kind} {wanted!r}\n{show(response)}")
    return found


def line(response: httpx.Response) -> str:
    """Method and path of the request."""
    return f"{response.request.method} {response.request.url.raw_path.decode()}"


def show(response: httpx.Response) -> str:
    """Request and answer, cut to what fits a screen."""
    body = response.request.content.decode(errors="replace")
    return (
        f"  > {line(response)}\n  > {body[:600]}\n"
        f"  < {response.status_code} {response.headers.get('content-type', '')}"
        f" {response.headers.get('location', '')}\n  < {response.text[:1500]}"
    )
