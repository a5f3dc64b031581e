"""Keeps other web sites out of our own routes. Streamlit checks origins for its routes only.

A page on the internet can make the user's browser send requests to this machine. Two checks stop that: the Host header
must name this machine (or a name of theirs can be rebound to our address by DNS), and a request that a page sends must
come from our own pages.

A server that the user has opened to a network (`server.address`) also answers to this machine's name and to addresses:
an address needs no DNS, so it cannot be rebound. Any other name must stand in `BBVA_ALLOWED_HOSTS`.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bbva_core.errors import InvalidSettings
from bbva_core.settings import load_app_settings

PREFIX = "/bbva/"
"""All our routes begin with this."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_SAFE_METHODS = {"GET", "HEAD"}


class Guard:
    """ASGI middleware in front of our routes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse or pass on."""
        if scope["type"] == "http" and str(scope["path"]).startswith(PREFIX):
            problem = _problem(str(scope["method"]), Headers(scope=scope))
            if problem:
                await PlainTextResponse(problem, status_code=403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _problem(method: str, headers: Headers) -> str:
    host = headers.get("host", "")
    if not _is_ours(_hostname(host)):
        return (
            f"Refused: this server does not answer to {host!r}. If that is a name of this machine, add it to"
            " BBVA_ALLOWED_HOSTS and start again."
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return "Refused: the request comes from another web site."
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "Refused: the request comes from another web site."
    if method not in _SAFE_METHODS and origin is None and "sec-fetch-site" not in headers:
        return "Refused: a request that changes something must say where it comes from (Origin)."
    return ""


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_ours(name: str) -> bool:
    if name in _LOOPBACK:
        return True
    if name in _allowed():
        return name != ""
    return not _bound_to_this_machine() and (_is_address(name) or name in _names_of_this_machine())


def _allowed() -> set[str]:
    try:
        hosts = load_app_settings().allowed_hosts
    except InvalidSettings:
        return set()  # every page says what is wrong
    return {host.strip().lower() for host in hosts.split(",")}


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _names_of_this_machine() -> set[str]:
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return {name, short, f"{short}.local"} - {"", ".local"}


def _bound_to_this_machine() -> bool:
    from streamlit import config

    address = config.get_option("server.address")
    return address is None or address in _LOOPBACK


MIDDLEWARE = [Middleware(Guard)]
