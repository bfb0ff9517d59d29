"""Signing in and out, one's own password, and the language one reads in."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils import translation
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from foundation import audit
from organisation.models import User

# In the session of a visitor who chose a language before signing in: that choice is newer than the remembered one.
_CHOSEN = "language_chosen"


class SignInView(auth_views.LoginView):
    """The door. Whoever has a first password from an administrator is led to choosing their own."""

    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        chosen = self.request.session.get(_CHOSEN)
        with transaction.atomic():
            answer = super().form_valid(form)
            if chosen and chosen != user.language:
                _remember(user, chosen)
            audit.record("people.signed_in", user, actor=user)
        _speak(answer, user.language)
        return answer

    def get_success_url(self) -> str:
        if cast(User, self.request.user).must_change_password:
            return reverse("password_change")
        return super().get_success_url()


class SignOutView(auth_views.LogoutView):
    """The way out; the next person at this machine gets the page's own language."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:  # type: ignore[override]
        if request.user.is_authenticated:
            audit.record("people.signed_out", request.user, actor=request.user)
        answer = super().post(request, *args, **kwargs)
        answer.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
        return answer


class PasswordChangeView(auth_views.PasswordChangeView):
    """A new password; other sessions of the person end with it."""

    success_url = reverse_lazy("password_change_done")

    def form_valid(self, form: BaseForm) -> HttpResponse:
        user = cast(User, self.request.user)
        with transaction.atomic():
            answer = super().form_valid(form)  # type: ignore[arg-type]
            User.objects.filter(pk=user.pk).update(must_change_password=False)
            audit.record("people.password_changed", user, actor=user)
        return answer


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, and remember it: for the person, or until the visitor signs in."""
    answer = django_set_language(request)
    code = request.POST.get("language", "")
    if translation.check_for_language(code) and code in dict(settings.LANGUAGES):
        if request.user.is_authenticated:
            _remember(request.user, code)
        else:
            request.session[_CHOSEN] = code
    return answer


def _remember(user: User, code: str) -> None:
    user.language = code
    User.objects.filter(pk=user.pk).update(language=code)


def _speak(answer: HttpResponse, language: str) -> None:
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
