"""The doctor: what is set so that work gets lost, doubled or late, each thing found under a code that stays.

    settings ─┐                                        ┌─► angarium check   (what the settings say by themselves)
    host      │   a source is reached once, in a       │
    Redis     ├─► thread of its own, then each of its ─┼─► angarium doctor  exit 0: nothing found, 1: something,
    RabbitMQ  │   checks looks, five seconds at most   │                    2: somewhere it could not look
    database ─┘                                        └─► docs/reference/doctor.md

`check.py` says what a check is, `catalogue.py` names all sources in the order in which they are asked, the other files
have the checks of one concern each. A source that does not answer is one finding, and its checks are left out; a check
that fails or takes too long is one as well. A look changes nothing anywhere.
"""
