"""The pages of time off: one's own, asking, approvals, the team's calendar, people with rates, holidays, deputies."""

from django.urls import path
from django.utils.translation import gettext_noop

from . import by_letter, deciding, delegating, departments, entering, holidays, listing, one, people, rates, staffing, team

app_name = "timeoff_pages"
urlpatterns = [
    path("", listing.mine, name="mine"),
    path("new/", entering.new, name="new"),
    path("new/told/", entering.told, name="told"),
    path("requests/<int:id>/", one.show, name="request"),
    path("requests/<int:id>/edit/", entering.edit, name="request_edit"),
    path("requests/<int:id>/submission/", one.submit, name="submission"),
    path("requests/<int:id>/withdrawal/", one.withdraw, name="withdrawal"),
    path("requests/<int:id>/cancellation/", one.cancel, name="cancellation"),
    path("requests/<int:id>/approval/", deciding.approve, name="approval"),
    path("requests/<int:id>/rejection/", deciding.reject, name="rejection"),
    path("decide/", by_letter.decide, name="decide"),
    path("approvals/", deciding.index, name="approvals"),
    path("approvals/decided/", deciding.decided, name="decided"),
    path("team/", team.show, name="team"),
    path("employees/", people.index, name="people"),
    path("employees/new/", staffing.hire, name="hire"),
    path("employees/<int:id>/", people.show, name="employee"),
    path("employees/<int:id>/edit/", staffing.edit, name="employee_edit"),
    path("employees/<int:id>/dismissal/", staffing.dismiss, name="dismiss"),
    path("employees/<int:id>/correction/", staffing.correct, name="correct"),
    path("employees/<int:id>/rates/", rates.show, name="rates"),
    path("employees/<int:id>/rates/new/", rates.record, name="record"),
    path("departments/", departments.index, name="departments"),
    path("departments/new/", departments.new, name="department_new"),
    path("departments/<int:id>/", departments.edit, name="department"),
    path("departments/<int:id>/removal/", departments.removal, name="department_removal"),
    path("holidays/", holidays.index, name="holidays"),
    path("holidays/new/", holidays.new, name="holiday_new"),
    path("holidays/<int:id>/", holidays.edit, name="holiday"),
    path("holidays/<int:id>/removal/", holidays.removal, name="holiday_removal"),
    path("deputies/", delegating.index, name="delegations"),
    path("deputies/<int:id>/end/", delegating.end, name="delegation_end"),
]

#: What this module refuses on its pages, to be found by makemessages: a refusal's sentence is its docstring.
SENTENCES = (
    gettext_noop("There is no such employee, or you may not see them."),
    gettext_noop("There is no such department, or you may not see it."),
    gettext_noop("There is no such request, or you may not see it."),
    gettext_noop("There is no such rate, or you may not see it."),
    gettext_noop("The calendar has no such day."),
    gettext_noop("There is no such delegation, or you may not see it."),
    gettext_noop("There is no such department."),
    gettext_noop("The last day is before the first."),
    gettext_noop("The days are before the employee was hired or after they left."),
    gettext_noop("None of these days is a public holiday or a day off, so there is no work on a holiday to ask for."),
    gettext_noop("The number is outside of what is allowed."),
    gettext_noop("Nobody can be their own manager, however many others are between."),
    gettext_noop("You may read this, but not change it."),
    gettext_noop("Nobody decides their own request."),
    gettext_noop("There is another request for some of these days."),
    gettext_noop("The balance has not that many days left."),
    gettext_noop("This request has been decided."),
    gettext_noop("Another rate is valid on some of these days."),
    gettext_noop("The calendar has an entry for this day; change that one."),
    gettext_noop("Something else hangs on this, so it cannot be removed."),
    gettext_noop("This link does not lead to a decision (any more): it is too old, or the request was taken back."),
    gettext_noop("Only a draft can be edited or deleted; withdraw the request and make another one."),
)
