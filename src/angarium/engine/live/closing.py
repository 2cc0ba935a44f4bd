"""How a connection ends, by code; the table is in docs/reference/live.md and in the JavaScript client."""

from enum import IntEnum


class Close(IntEnum):
    """WebSocket close codes; server-sent events end with the same ones."""

    DONE = 1000
    GOING_AWAY = 1001
    TOO_BIG = 1009
    NOT_UNDERSTOOD = 4000
    WHO_ARE_YOU = 4401
    ENDED = 4403
    SILENT = 4408
    SLOW = 4409
    TOO_OFTEN = 4429

    @property
    def says(self) -> str:
        return SAYS[self]


SAYS = {
    Close.DONE: "done",
    Close.GOING_AWAY: "going away",
    Close.TOO_BIG: "too big",
    Close.NOT_UNDERSTOOD: "not understood",
    Close.WHO_ARE_YOU: "who are you",
    Close.ENDED: "ended",
    Close.SILENT: "silent",
    Close.SLOW: "slow, resume",
    Close.TOO_OFTEN: "too often",
}
