"""Where the timeoff module answers."""

from __future__ import annotations

from django.urls import path

from . import accounts, feeds, pay, requests, views

app_name = "timeoff_api"

urlpatterns = [
    path("departments/", views.Departments.as_view(), name="departments"),
    path("departments/<int:id>/", views.OneDepartment.as_view(), name="department"),
    path("employees/", views.Employees.as_view(), name="employees"),
    path("employees/<int:id>/", views.OneEmployee.as_view(), name="employee"),
    path("employees/<int:id>/dismissal/", views.Dismissal.as_view(), name="dismissal"),
    path("employees/<int:id>/pay/", pay.Pay.as_view(), name="pay"),
    path("requests/", requests.Requests.as_view(), name="requests"),
    path("requests/<int:id>/", requests.OneRequest.as_view(), name="request"),
    path("requests/<int:id>/steps/", requests.Steps.as_view(), name="steps"),
    path("requests/<int:id>/submission/", requests.Submission.as_view(), name="submission"),
    path("requests/<int:id>/approval/", requests.Approval.as_view(), name="approval"),
    path("requests/<int:id>/rejection/", requests.Rejection.as_view(), name="rejection"),
    path("requests/<int:id>/withdrawal/", requests.Withdrawal.as_view(), name="withdrawal"),
    path("requests/<int:id>/cancellation/", requests.Cancellation.as_view(), name="cancellation"),
    path("calendar/", requests.Calendar.as_view(), name="calendar"),
    path("balances/", accounts.Balances.as_view(), name="balances"),
    path("balances/<int:id>/", accounts.OneBalance.as_view(), name="balance"),
    path("balances/<int:id>/corrections/", accounts.Corrections.as_view(), name="corrections"),
    path("balances/<int:id>/opening/", accounts.Opening.as_view(), name="opening"),
    path("rates/", views.Rates.as_view(), name="rates"),
    path("rates/<int:id>/", views.OneRate.as_view(), name="rate"),
    path("holidays/", views.Holidays.as_view(), name="holidays"),
    path("holidays/<int:id>/", views.OneHoliday.as_view(), name="holiday"),
    path("delegations/", views.Delegations.as_view(), name="delegations"),
    path("delegations/<int:id>/", views.OneDelegation.as_view(), name="delegation"),
    path("feeds/", feeds.Feeds.as_view(), name="feeds"),
    path("feeds/<uuid:id>/", feeds.OneFeed.as_view(), name="feed"),
    path("feeds/<str:key>.ics/", feeds.Fetched.as_view(), name="fetched"),
]
