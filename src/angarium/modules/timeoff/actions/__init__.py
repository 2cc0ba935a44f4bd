"""Writes: one verb is one function is one transaction. Every one of them says who is acting (`by`)."""

from .corrections import correct_balance, open_balance
from .decisions import approve_request, cancel_request, escalate_request, reject_request
from .delegations import create_delegation, delete_delegation
from .departments import create_department, delete_department, edit_department
from .employees import delete_employee, dismiss, edit_employee, hire, reinstate
from .feeds import end_feed, make_feed, note_fetch
from .holidays import create_holiday, delete_holiday, edit_holiday, fill_holidays
from .rates import record_rate
from .recalculation import recalculate_requests
from .requests import create_request, delete_request, edit_request, submit_request, withdraw_request

__all__ = [
    "approve_request",
    "cancel_request",
    "correct_balance",
    "create_delegation",
    "create_department",
    "create_holiday",
    "create_request",
    "delete_delegation",
    "delete_department",
    "delete_employee",
    "delete_holiday",
    "delete_request",
    "dismiss",
    "edit_department",
    "edit_employee",
    "edit_holiday",
    "edit_request",
    "end_feed",
    "escalate_request",
    "fill_holidays",
    "hire",
    "make_feed",
    "note_fetch",
    "open_balance",
    "recalculate_requests",
    "record_rate",
    "reinstate",
    "reject_request",
    "submit_request",
    "withdraw_request",
]
