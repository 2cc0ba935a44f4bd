"""The pages of mailings: the list, one mailing with its recipients, the form with a live count, and the clients."""

from django.urls import path
from django.utils.translation import gettext_noop

from . import clients, editing, importing, listing, one, timeline, trial, verbs, whom

#: What this module refuses on its pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no such mailing, or you may not see it."),
    gettext_noop("There is no such client, or you may not see it."),
    gettext_noop("There is no such message, or you may not see it."),
    gettext_noop("You may read this, but not change it."),
    gettext_noop("Another client has this phone number."),
    gettext_noop("A mailing must end after it starts, and not in the past."),
    gettext_noop("A window needs both its start and its end, or neither."),
    gettext_noop("Nothing of this mailing has failed."),
    gettext_noop("The mailing's finish has passed; move it first."),
    gettext_noop("There is no such import, or you may not see it."),
    gettext_noop("This client is not to be written to, also not for a test."),
    gettext_noop("There are no rows in this file."),
    gettext_noop("This is a workbook, not text. Save it as CSV."),
    gettext_noop("This is UTF-16. Save it as CSV in UTF-8."),
    gettext_noop("This is not text. Save it as CSV in UTF-8."),
    gettext_noop("Say which column has the phone numbers."),
    gettext_noop("One column can be one thing only."),
    gettext_noop("The file is gone."),
    gettext_noop("The operator code is the second to the fourth digit of the phone."),
)

app_name = "mailings_pages"
urlpatterns = [
    path("", listing.index, name="list"),
    path("new/", editing.new, name="new"),
    path("matching/", whom.matching, name="matching"),
    path("<int:id>/", one.show, name="show"),
    path("<int:id>/edit/", editing.edit, name="edit"),
    path("<int:id>/test/", trial.trial, name="trial"),
    *[path(f"<int:id>/{verb}/", verbs.move, {"verb": verb}, name=verb) for verb in verbs.VERBS],
    path("clients/", clients.index, name="clients"),
    path("clients/new/", clients.new, name="new_client"),
    path("clients/<int:id>/", clients.show, name="client"),
    path("import/", importing.index, name="imports"),
    path("import/<int:id>/", importing.show, name="import"),
    path("import/<int:id>/run/", importing.run, name="import_run"),
    path("import/<int:id>/cancellation/", importing.cancellation, name="import_cancellation"),
    path("import/<int:id>/errors/", importing.errors, name="import_errors"),
    path("message/<int:id>/", timeline.message, name="message"),
    *[path(f"clients/<int:id>/{verb}/", clients.move, {"verb": verb}, f"client_{verb}") for verb in clients.VERBS],
]
