"""The form of a comment."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


class CommentForm(forms.Form):
    """Something to be said; its author is who signed in."""

    content = forms.CharField(
        label=gettext_lazy("Your comment"),
        widget=forms.Textarea(attrs={"rows": 3, "data-send": ""}),
        error_messages={"required": gettext_lazy("Write something first.")},
    )
