"""Addresses of the shell itself; modules bring theirs under /app/<module>/."""

from django.urls import path

from . import preferences
from .exports import entering, pages
from .home import home
from .people import directory, doors, mine
from .signing import AdminSignIn, SignIn, SignOut
from .work import deliveries, schedules, workers

app_name = "console"
urlpatterns = [
    path("", home, name="home"),
    path("login/", SignIn.as_view(), name="sign_in"),
    path("admin/login/", AdminSignIn.as_view(), name="admin_sign_in"),
    path("logout/", SignOut, name="sign_out"),
    path("i18n/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
    path("app/setup/", doors.setup, name="setup"),
    path("app/welcome/", doors.welcome, name="welcome"),
    path("app/password/", doors.forgotten, name="forgotten"),
    path("app/password/new/", doors.new_password, name="new_password"),
    path("app/people/", directory.people, name="people"),
    path("app/people/invitation/", directory.invite, name="invite"),
    path("app/people/<uuid:id>/", directory.show, name="person"),
    *[
        path(f"app/people/<uuid:id>/{verb}/", directory.move, {"verb": verb}, f"person_{verb}")
        for verb in directory.VERBS
    ],
    path("app/account/", mine.account, name="account"),
    path("app/account/password/", mine.password, name="password"),
    path("app/account/tokens/", mine.tokens, name="tokens"),
    path("app/account/tokens/<uuid:id>/revocation/", mine.revoke, name="token_revocation"),
    path("app/deliveries/", deliveries.deliveries, name="deliveries"),
    path("app/deliveries/suppressed/", deliveries.suppressed, name="suppressed"),
    path("app/deliveries/suppressed/<uuid:id>/removal/", deliveries.write_again, name="write_again"),
    path("app/deliveries/<uuid:id>/", deliveries.delivery, name="delivery"),
    path("app/deliveries/<uuid:id>/cancellation/", deliveries.call_back, name="delivery_cancellation"),
    path("app/deliveries/<uuid:id>/retry/", deliveries.send_again, name="delivery_retry"),
    path("app/exports/", pages.index, name="exports"),
    path("app/exports/new/<str:name>/", entering.enter, name="export_new"),
    path("app/exports/<uuid:id>/", pages.show, name="export"),
    path("app/exports/<uuid:id>/file/", pages.file, name="export_file"),
    path("app/exports/<uuid:id>/cancellation/", pages.cancellation, name="export_cancellation"),
    path("app/exports/<uuid:id>/revocation/", pages.revocation, name="export_revocation"),
    path("app/schedules/", schedules.timetable, name="schedules"),
    path("app/schedules/<str:task>/run/", schedules.run_now, name="run_now"),
    path("app/workers/", workers.workers, name="workers"),
]
