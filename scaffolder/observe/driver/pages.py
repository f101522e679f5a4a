"""Forms on pages of HTML: what a browser would send, and where their token stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from scaffolder.observe.driver import texts
from scaffolder.observe.driver.openapi import snake

TOKEN = re.compile(r"csrf|xsrf|token|nonce", re.IGNORECASE)
LEFT_OUT = ("submit", "button", "image", "reset", "file")
CAPTURED = "csrf"  # the name under which a page's token is captured


@dataclass
class Form:
    """`fields`: what is sent; the token is `{csrf}`, and `token` the expression that finds it."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)
    token: str | None = None


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page = page
        self.forms: list[Form] = []
        self.inputs: list[tuple[Form, dict[str, str]]] = []
        self._form: Form | None = None
        self._select: tuple[Form, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = urlsplit(urljoin(self.page, said.get("action", ""))).path
            self._form = Form(action or self.page, said.get("method", "get").lower())
            self.forms.append(self._form)
        elif self._form is None:
            return
        elif tag == "option" and self._select is not None:
            form, name = self._select
            if said.get("value") and not form.fields.get(name):
                form.fields[name] = said["value"]
        elif tag == "select" and said.get("name"):
            self._select = (self._form, said["name"])
            self._form.fields[said["name"]] = ""
        elif tag in ("input", "textarea") and said.get("name"):
            self.inputs.append((self._form, {"type": tag, **said}))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None


def forms(html: str, page: str, n: int) -> list[Form]:
    """Those that are sent with POST, filled in by whoever `n` is."""
    reader = _Reader(page)
    reader.feed(html)
    for form, said in reader.inputs:
        name, kind = said["name"], said["type"].lower()
        if kind in LEFT_OUT:
            continue
        found = token(html, name) if kind == "hidden" and TOKEN.search(name) else None
        if found:
            form.token = found
            form.fields[name] = "{" + CAPTURED + "}"
        elif kind != "radio" or name not in form.fields:
            form.fields[name] = _value(name, kind, said, n)
    return [form for form in reader.forms if form.method == "post"]


def token(html: str, name: str) -> str | None:
    """A regular expression with one group that finds the value of a hidden field."""
    quoted = re.escape(name)
    for pattern in (
        rf'name="{quoted}"[^>]*value="([^"]+)"',
        rf'value="([^"]+)"[^>]*name="{quoted}"',
        rf"name='{quoted}'[^>]*value='([^']+)'",
    ):
        if re.search(pattern, html):
            return pattern
    return None


def _value(name: str, kind: str, said: dict[str, str], n: int) -> str:
    given = said.get("value", "")
    if kind in ("hidden", "radio", "color"):
        return given
    if kind == "checkbox":
        return given or "on"
    if kind in ("number", "range"):
        low = said.get("min", "")
        return low if re.fullmatch(r"-?\d+", low) else str(texts.number_for(name, n))
    by_kind = {
        "email": texts.text_for("email", n),
        "date": texts.date(snake(name), n),
        "datetime-local": texts.instant(snake(name), n)[:16],
        "time": "09:30",
        "url": texts.text_for("url", n),
        "tel": texts.text_for("phone", n),
        "password": texts.text_for(name if texts.is_secret(name) else "password", n),
    }
    text = by_kind.get(kind) or texts.text_for(name, n, person=False)
    most = said.get("maxlength", "")
    return text[: int(most)] if most.isdigit() else text
