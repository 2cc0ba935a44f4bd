"""The shell: signing in and out, navigation, language, theme, refusals as pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse
from django.utils import translation

from angarium.engine.console import limits
from angarium.engine.console.public import (
    Section,
    page,
    partial,
    safe_next,
    section,
    signed_in,
    subject_page,
    subject_url,
)
from angarium.engine.console.sections import _sections, sections_for
from angarium.engine.identity.public import NOBODY, Role
from angarium.engine.identity.testing import PASSWORD, client_signed_in, make_person, principal
from angarium.kernel.errors import Forbidden, Missing, Unavailable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()
    translation.deactivate()


def sign_in(client: Client, username: str, password: str = PASSWORD, **data: str) -> HttpResponse:
    return client.post("/login/", {"username": username, "password": password, **data})  # type: ignore[return-value]


def test_who_is_not_signed_in_is_asked_to_and_comes_back() -> None:
    response = Client().get("/?span=hour")
    assert (response.status_code, response["Location"]) == (302, "/login/?next=/%3Fspan%3Dhour")
    make_person("ann")
    assert sign_in(Client(), "ann", next="/?span=hour")["Location"] == "/?span=hour"


@pytest.mark.parametrize(
    "next", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "\\\\evil.example"]
)
def test_nobody_is_sent_to_another_host(next: str) -> None:
    make_person("ann")
    assert sign_in(Client(), "ann", next=next)["Location"] == "/"


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("ann\x00", "x"), ("", ""), ("gone", PASSWORD)]
)
def test_a_wrong_sign_in_never_says_what_was_wrong(name: str, password: str) -> None:
    make_person("ann")
    make_person("gone", is_active=False)
    response = sign_in(Client(), name, password)
    assert response.status_code == 422
    if name and "\x00" not in name:
        assert "This name and password do not go together." in response.content.decode()


def test_who_is_signed_in_is_not_asked_again() -> None:
    assert client_signed_in(make_person(password=None)).get("/login/").status_code == 302


def test_signing_out_takes_a_post() -> None:
    client = client_signed_in(make_person(password=None))
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_after_five_failures_even_the_right_password_waits() -> None:
    make_person("ann")
    client = Client()
    for _ in range(limits.MOST[0]):
        assert sign_in(client, "ann", "wrong").status_code == 422
    response = sign_in(client, "ann")
    assert (response.status_code, response["Retry-After"]) == (429, str(limits.WINDOW))
    assert "_auth_user_id" not in client.session


def test_others_may_sign_in_meanwhile_and_a_success_starts_afresh() -> None:
    make_person("ann")
    make_person("bob")
    for _ in range(limits.MOST[0] - 1):
        sign_in(Client(), "ann", "wrong")
    assert sign_in(Client(), "ann").status_code == 302
    assert sign_in(Client(), "ann", "wrong").status_code == 422
    assert sign_in(Client(), "bob").status_code == 302


def test_one_address_cannot_try_many_names(rf: RequestFactory) -> None:
    request = rf.post("/login/")
    for number in range(limits.MOST[2]):
        limits.failed(request, f"name-{number}")
    assert limits.exhausted(request, "yet-another")
    assert not limits.exhausted(rf.post("/login/", REMOTE_ADDR="10.0.0.9"), "yet-another")


def test_behind_tls_the_address_is_the_one_that_the_proxy_noted(rf: RequestFactory) -> None:
    request = rf.post("/login/", headers={"x-forwarded-for": "1.1.1.1, 10.9.8.7"})
    assert limits.address_of(request) == "127.0.0.1"
    with override_settings(SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        assert limits.address_of(request) == "10.9.8.7"


@pytest.mark.parametrize("demo", [True, False])
def test_demo_accounts_are_named_only_where_there_are_demo_data(demo: bool) -> None:
    with override_settings(ANGARIUM_DEMO=demo):
        assert ("<code>user</code>" in Client().get("/login/").content.decode()) is demo


def test_a_page_lets_nothing_inline_run_and_is_not_kept_by_others() -> None:
    response = client_signed_in(make_person(password=None)).get("/")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "unsafe-inline" not in response["Content-Security-Policy"]
    assert "private" in response["Cache-Control"]
    text = response.content.decode()
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick" not in text


def test_a_page_says_at_which_place_of_the_logs_it_was_made() -> None:
    response = client_signed_in(make_person(password=None)).get("/")
    assert f'<meta name="live" content="{response["Live-Position"]}">' in response.content.decode()
    assert 'name="live"' not in Client().get("/login/").content.decode()


def test_the_language_is_switched_and_kept_with_the_person() -> None:
    ann = make_person("ann")
    client = client_signed_in(ann)
    assert "Overview" in client.get("/").content.decode()
    assert client.post("/i18n/", {"language": "ru", "next": "/"})["Location"] == "/"
    assert '<html lang="ru"' in client.get("/").content.decode()
    ann.refresh_from_db()
    assert ann.language == "ru"


def test_a_language_that_we_lack_changes_nothing() -> None:
    ann = make_person("ann", language="ru")
    client_signed_in(ann).post("/i18n/", {"language": "xx", "next": "/"})
    ann.refresh_from_db()
    assert ann.language == "ru"


def test_who_has_chosen_no_language_keeps_the_browsers() -> None:
    make_person("ann")
    client = Client(headers={"Accept-Language": "ru"})
    sign_in(client, "ann")
    assert "Обзор" in client.get("/").content.decode()


def test_a_person_is_spoken_to_in_their_language_from_the_sign_in_on() -> None:
    make_person("ann", language="ru")
    client = Client()
    sign_in(client, "ann")
    assert "Обзор" in client.get("/").content.decode()


def test_the_theme_is_kept_in_a_cookie_and_drawn_by_the_server() -> None:
    client = client_signed_in(make_person(password=None))
    assert "data-theme=" not in client.get("/").content.decode()
    client.post("/theme/", {"theme": "dark", "next": "/"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": "as the system", "next": "/"})
    assert "data-theme=" not in client.get("/").content.decode()


def test_a_forged_theme_cookie_is_not_repeated() -> None:
    client = client_signed_in(make_person(password=None))
    client.cookies["theme"] = 'dark"><script>'
    assert "data-theme=" not in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/i18n/", "/theme/", "/logout/"])
def test_what_changes_something_needs_the_forms_token(path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_person(password=None))
    response = client.post(path)
    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


def test_unknown_pages_are_told_in_words() -> None:
    response = Client().get("/nope/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


def test_sections_stand_in_their_order_and_only_for_those_who_may_see_them() -> None:
    before = dict(_sections)
    try:
        section("late", "Late", "console:home", "home", order=70, may_see=lambda one: one.is_staff)
        section("early", "Early", "console:home", "home", order=60)
        names = [one.name for one in sections_for(principal(role=Role.STAFF))]
        assert names.index("home") < names.index("early") < names.index("late")
        assert "late" not in [one.name for one in sections_for(NOBODY)]
        section("early", "Again", "console:home", "home", order=60)
        assert [one.title for one in sections_for(NOBODY) if one.name == "early"] == ["Again"]
    finally:
        _sections.clear()
        _sections.update(before)


def test_a_section_whose_pages_are_not_deployed_is_left_out() -> None:
    _sections["away"] = Section("away", "Away", "away_pages:list", "home", 50, lambda one: True)
    try:
        assert "Away" not in client_signed_in(make_person(password=None)).get("/").content.decode()
    finally:
        del _sections["away"]


@pytest.mark.parametrize(("role", "shown"), [(Role.STAFF, True), (Role.MEMBER, False)])
def test_the_way_to_the_administration_is_shown_to_staff(role: Role, shown: bool) -> None:
    text = client_signed_in(make_person(role=role, password=None)).get("/").content.decode()
    assert (reverse("admin:index") in text) is shown


@pytest.mark.parametrize(
    ("refusal", "status"), [(Missing(), 404), (Forbidden(), 403), (Unavailable(), 503), (OperationalError(), 503)]
)
def test_a_refusal_is_a_page_and_never_a_500(rf: RequestFactory, refusal: Exception, status: int) -> None:
    from django.core.exceptions import PermissionDenied
    from django.http import Http404

    @signed_in
    def view(request: HttpRequest) -> HttpResponse:
        raise refusal

    request = rf.get("/")
    request.user = make_person(password=None)
    expected = {404: Http404, 403: PermissionDenied}.get(status)
    if expected:
        with pytest.raises(expected):
            view(request)
    else:
        assert view(request).status_code == status


def test_our_own_mistake_is_told_without_needing_anything_else() -> None:
    from django.template.loader import get_template

    assert "Something went wrong on our side" in get_template("500.html").render()


def test_the_administration_is_entered_by_the_same_limited_form() -> None:
    make_person("ada", Role.STAFF)
    client = Client()
    assert client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"
    for _ in range(limits.MOST[0]):
        client.post("/admin/login/", {"username": "ada", "password": "wrong"})
    assert client.post("/admin/login/", {"username": "ada", "password": PASSWORD}).status_code == 429
    cache.clear()
    response = client.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert response["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_members_do_not_enter_the_administration() -> None:
    client = client_signed_in(make_person(password=None))
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_open_page_whose_session_ended_is_loaded_anew() -> None:
    response = Client().get("/", headers={"hx-request": "true"})
    assert (response.status_code, response["HX-Refresh"], response.content) == (401, "true", b"")


def test_only_addresses_of_this_host_are_gone_back_to(rf: RequestFactory) -> None:
    assert safe_next(rf.post("/", {"next": "/app/"})) == "/app/"
    assert safe_next(rf.post("/", {"next": "https://evil.example/"}, headers={"referer": "http://testserver/x/"})) == (
        "http://testserver/x/"
    )
    assert safe_next(rf.post("/", headers={"referer": "https://evil.example/"})) == "/"


def test_a_part_of_a_page_is_asked_for_by_htmx_but_not_when_it_restores_history(rf: RequestFactory) -> None:
    assert not partial(rf.get("/"))
    assert partial(rf.get("/", headers={"hx-request": "true"}))
    assert not partial(rf.get("/", headers={"hx-request": "true", "hx-history-restore-request": "true"}))


def test_times_on_a_page_are_on_the_viewers_clock(rf: RequestFactory) -> None:
    from angarium.engine.console.public import zone_of

    request = rf.get("/")
    request.user = make_person(timezone="Asia/Almaty", password=None)
    assert zone_of(request).key == "Asia/Almaty"
    assert b"Asia/Almaty" in page(request, "console/parts/tools.html").content
    request.user.timezone = "Mars/Olympus"
    assert zone_of(request).key == "UTC"


def test_the_page_of_a_subject_is_found_by_its_name() -> None:
    subject_page("console.theme", "console:theme")
    assert subject_url("console.theme:7") == ""  # this page takes no id
    assert subject_url("unknown.thing:7") == ""
    assert subject_url("") == ""
