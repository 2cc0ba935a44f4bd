"""Where the processor inside of `angarium up` finds its own process, and as whom it comes."""

from __future__ import annotations

import socket

import pytest
from django.http.request import validate_host

from angarium.config.processing import _new_token, own_address, processing
from angarium.engine.identity.public import Token, find_token


@pytest.mark.parametrize(
    ("host", "name"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_a_process_reaches_itself_whatever_it_listens_on_and_whoever_else_may_not(
    settings: object, host: str, name: str
) -> None:
    settings.ALLOWED_HOSTS = ["angarium.example"]  # type: ignore[attr-defined]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        address = own_address(listening)
        port = listening.getsockname()[1]
        with socket.create_connection((name.strip("[]"), port), timeout=5):
            pass
    assert address == f"http://{name}:{port}"
    assert validate_host(name, settings.ALLOWED_HOSTS)  # type: ignore[attr-defined]
    assert not validate_host("elsewhere.example", settings.ALLOWED_HOSTS)  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_each_start_has_a_token_of_its_own_that_may_report_and_nothing_else() -> None:
    first, second = _new_token(), _new_token()
    token = find_token(second)
    assert token is not None
    assert (token.name, token.scopes, token.person) == ("processor", ["operations:report"], None)
    assert find_token(first) is None
    assert Token.objects.filter(name="processor", revoked_at__isnull=True).count() == 1


def test_without_the_module_operations_there_is_no_processor(settings: object) -> None:
    settings.ANGARIUM_MODULES = {"lessons": "angarium.modules.lessons"}  # type: ignore[attr-defined]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert processing(listening) is None
