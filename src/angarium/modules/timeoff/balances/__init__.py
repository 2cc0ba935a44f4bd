"""What somebody's balance is on a date, past or future, and of which lines it is the sum: the only reader of it.

Its lines are the entries of the ledger and, after the last accrual that is entered, those that the rules give: so a
date of next year has a balance too, and what a scheduled task enters changes none. A request that nobody has decided
is a line of its own kind, which reserves its days and is in no balance.

    book = book_of(employee)         # one employee's lines, read once; books_of(employees) reads many together
    balance(employee, on)            # days, what is reserved of them, what can still be asked for, and the derivation
    check_affordable(book, request)  # NotEnoughDays
    store_accruals(ids, on)          # enters what is complete by then, and corrects what was entered otherwise
"""

from .accruals import enter, settle_accruals, store_accruals
from .books import Book, book_of, books_of
from .entries import entry_of, line_of
from .reading import Balance, balance, balance_seen_by, balances_of
from .reserve import check_affordable, days_of, notices_of
from .sentences import sentence, sentence_of_notice
from .tables import calendar_of

__all__ = [
    "Balance",
    "Book",
    "balance",
    "balance_seen_by",
    "balances_of",
    "book_of",
    "books_of",
    "calendar_of",
    "check_affordable",
    "days_of",
    "enter",
    "entry_of",
    "line_of",
    "notices_of",
    "sentence",
    "sentence_of_notice",
    "settle_accruals",
    "store_accruals",
]
