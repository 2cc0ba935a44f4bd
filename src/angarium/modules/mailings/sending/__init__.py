"""Sending the messages of one mailing.

    take      due messages become `sending`, committed, with a lease: whoever falls silent loses them, not the message
    launch    each call is let go only if the mailing, its finish, the window, the rate and the breaker allow it now
    write     what the answers mean, in batches; only where nobody else has the message by then

A worker that is killed anywhere leaves messages in `sending`; after their lease another one hands them over again under
the same number, which the sender knows them by: none is lost, and one that was under way comes twice at most.
"""
