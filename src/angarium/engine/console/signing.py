"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from angarium.engine.identity.public import is_set_up

from . import limits
from .page import page

SignOut = LogoutView.as_view(http_method_names=["post", "options"], next_page=settings.LOGIN_URL)


class SignInForm(AuthenticationForm):
    """Name and password; the refusal never says which of them was wrong."""

    error_messages = {
        "invalid_login": _("This name and password do not go together. Mind upper and lower case."),
        "inactive": _("This name and password do not go together. Mind upper and lower case."),
        "exhausted": _("Too many attempts. Wait five minutes and try again."),
    }

    def clean(self) -> dict[str, Any]:
        name = self.cleaned_data.get("username") or ""
        if self.request and limits.exhausted(self.request, name):
            self.add_error(None, self.error_messages["exhausted"])
            self.exhausted = True
            return self.cleaned_data
        return super().clean()

    exhausted = False


class SignIn(LoginView):
    """The sign-in page; who is signed in already goes on to where he wanted."""

    template_name = "console/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        limits.forget(self.request, form.cleaned_data["username"])
        response = super().form_valid(form)
        language = getattr(form.get_user(), "language", "")
        if language and settings.LANGUAGE_COOKIE_NAME not in self.request.COOKIES:
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, samesite="Lax")
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        if getattr(form, "exhausted", False):
            response = self._answer(self.request, form, status=429)
            response["Retry-After"] = str(limits.WINDOW)
            return response
        limits.failed(self.request, str(form.data.get("username", ""))[:255])
        return self._answer(self.request, form, status=422)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._answer(request, self.get_form())

    def _answer(self, request: HttpRequest, form: Form, status: int = 200) -> HttpResponse:
        context = self.get_context_data(form=form, nobody_yet=not is_set_up())
        return page(request, self.template_name, context, status=status)


class AdminSignIn(SignIn):
    """The administration's own sign-in address, with the same form and the same limits; members are sent away."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.is_staff:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_default_redirect_url(self) -> str:
        return reverse("admin:index")
