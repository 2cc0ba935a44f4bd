"""Addresses of the shell itself; modules bring theirs under /app/<module>/."""

from django.urls import path

from . import preferences
from .home import home
from .signing import AdminSignIn, SignIn, SignOut

app_name = "console"
urlpatterns = [
    path("", home, name="home"),
    path("login/", SignIn.as_view(), name="sign_in"),
    path("admin/login/", AdminSignIn.as_view(), name="admin_sign_in"),
    path("logout/", SignOut, name="sign_out"),
    path("i18n/", preferences.language, name="language"),
    path("theme/", preferences.theme, name="theme"),
]
