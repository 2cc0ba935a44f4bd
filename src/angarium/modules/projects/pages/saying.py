"""Comments on a task: written and taken away."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from angarium.engine.console.public import attempt, fill, signed_in
from angarium.engine.identity.public import principal_of
from angarium.modules.projects import actions
from angarium.modules.projects.queries import comments_seen_by, task_seen_by

from .comment_form import CommentForm
from .one import shown


@require_POST
@signed_in
def say(request: HttpRequest, id: int) -> HttpResponseBase:
    by = principal_of(request)
    form = CommentForm(request.POST)
    said = fill(form, lambda: actions.add_comment(id, by=by, author=by.name, content=form.cleaned_data["content"]))
    if said is not None:
        return redirect(f"{request.path.removesuffix('comments/')}#c-{said.pk}")
    return shown(request, task_seen_by(by, id), saying=form, status=422)


@require_POST
@signed_in
def unsay(request: HttpRequest, id: int, comment: int) -> HttpResponseBase:
    by = principal_of(request)
    if comments_seen_by(by, id).filter(pk=comment).exists():
        delete = actions.delete_comment
        attempt(request, lambda: delete(comment, by=by), done=_("The comment was deleted."))
    return redirect("projects_pages:task", id=id)
