"""Our own routes answer our own pages only."""

from __future__ import annotations

import socket

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit import config

from bbva_core.ui.guard import MIDDLEWARE


async def _answer(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("served")


@pytest.fixture
def client() -> TestClient:
    routes = [Route("/bbva/thing", _answer, methods=["GET", "PUT"]), Route("/other", _answer)]
    return TestClient(Starlette(routes=routes, middleware=MIDDLEWARE), base_url="http://127.0.0.1:8501")


SAME = {"Origin": "http://127.0.0.1:8501"}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        pytest.param("GET", {}, 200, id="typed into the address bar"),
        pytest.param("GET", {"Sec-Fetch-Site": "same-origin"}, 200, id="picture on our page"),
        pytest.param("PUT", SAME, 200, id="upload from our page"),
        pytest.param("GET", {"Host": "localhost:8501"}, 200, id="localhost"),
        pytest.param("GET", {"Host": "[::1]:8501"}, 200, id="ipv6 loopback"),
        pytest.param("PUT", {}, 403, id="upload without origin"),
        pytest.param("PUT", {"Origin": "https://evil.example"}, 403, id="upload from another site"),
        pytest.param("PUT", {"Origin": "http://127.0.0.1:9999"}, 403, id="upload from another port"),
        pytest.param("PUT", {"Origin": "null"}, 403, id="upload from a sandboxed frame"),
        pytest.param("GET", {"Sec-Fetch-Site": "cross-site"}, 403, id="picture on another site"),
        pytest.param("GET", {"Host": "evil.example"}, 403, id="rebound name"),
        pytest.param("GET", {"Host": "127.0.0.1.evil.example:8501"}, 403, id="name that begins like ours"),
        pytest.param("GET", {"Host": "192.168.1.7:8501"}, 403, id="another address"),
        pytest.param("GET", {"Host": "[::1"}, 403, id="half an address"),
        pytest.param("GET", {"Host": ""}, 403, id="no name"),
        pytest.param("PUT", {"Origin": "http://[::1"}, 403, id="upload from half an address"),
    ],
)
def test_requests_from_elsewhere_are_refused(
    client: TestClient, method: str, headers: dict[str, str], status: int
) -> None:
    assert client.request(method, "/bbva/thing", headers=headers).status_code == status


@pytest.fixture
def open_to_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", {"server.address": "0.0.0.0"}.get)
    monkeypatch.setattr(socket, "gethostname", lambda: "Court-PC.club.example")
    monkeypatch.setenv("BBVA_ALLOWED_HOSTS", "bbva.club.example, Video.Example")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("127.0.0.1:8501", 200, id="loopback"),
        pytest.param("192.168.1.7:8501", 200, id="address: cannot be rebound"),
        pytest.param("[fe80::1]:8501", 200, id="ipv6 address"),
        pytest.param("court-pc:8501", 200, id="short name"),
        pytest.param("court-pc.local:8501", 200, id="name in the local network"),
        pytest.param("court-pc.club.example", 200, id="full name"),
        pytest.param("bbva.club.example", 200, id="allowed"),
        pytest.param("video.example:443", 200, id="allowed, in other letters"),
        pytest.param("evil.example:8501", 403, id="rebound name"),
        pytest.param("court-pc.evil.example:8501", 403, id="rebound name that begins like ours"),
        pytest.param("192.168.1.7.evil.example:8501", 403, id="rebound name that begins like an address"),
        pytest.param("", 403, id="no name"),
    ],
)
@pytest.mark.usefixtures("open_to_the_network")
def test_names_are_not_rebound_to_a_server_in_a_network(client: TestClient, host: str, status: int) -> None:
    for method, headers in (("GET", {}), ("PUT", {"Origin": f"http://{host}"})):
        answer = client.request(method, "/bbva/thing", headers={"Host": host, **headers})
        assert answer.status_code == status
        assert status == 200 or "BBVA_ALLOWED_HOSTS" in answer.text


@pytest.mark.usefixtures("open_to_the_network")
def test_other_sites_are_refused_by_a_server_in_a_network_too(client: TestClient) -> None:
    headers = {"Host": "192.168.1.7:8501", "Origin": "http://evil.example"}
    assert client.put("/bbva/thing", headers=headers).status_code == 403


def test_a_name_is_allowed_behind_a_proxy_on_this_machine(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/bbva/thing", headers={"Host": "bbva.club.example"}).status_code == 403
    monkeypatch.setenv("BBVA_ALLOWED_HOSTS", "bbva.club.example")
    assert client.get("/bbva/thing", headers={"Host": "bbva.club.example"}).status_code == 200
    monkeypatch.setenv("BBVA_THREADS", "abc")  # settings that cannot be used allow nothing
    assert client.get("/bbva/thing", headers={"Host": "bbva.club.example"}).status_code == 403


def test_streamlits_own_routes_are_left_to_streamlit(client: TestClient) -> None:
    assert client.get("/other", headers={"Host": "whatever.example"}).status_code == 200
