"""Of many who ask the same at once one asks the database, and nobody is told what was so before they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from angarium.engine.identity.public import SYSTEM, Principal
from angarium.engine.live import together
from angarium.engine.live.doubts import EVERYBODY, REMEMBERED, Doubts
from angarium.engine.live.frames import Frame
from angarium.engine.live.judging import Asked, Verdict, Verdicts
from angarium.engine.live.tests.test_pressure import frame
from angarium.engine.live.together import Court, Together, Turns

ANN = Principal("person", name="ann")


class Question:
    """Answers with how often it was asked before, each time when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._may = asyncio.Semaphore(0)

    async def __call__(self, about: str) -> int:
        self.asked.append(about)
        number = self.asked.count(about)
        await self._may.acquire()
        return number

    def answer(self) -> None:
        self._may.release()


async def _asked(one: Together[str, int], about: str = "token") -> asyncio.Task[int]:
    task = asyncio.create_task(one.ask(about))
    for _ in range(3):
        await asyncio.sleep(0)
    return task


def test_who_asks_while_an_answer_is_on_its_way_gets_the_next_one_with_all_others_who_do() -> None:
    async def ask() -> tuple[list[int], list[str]]:
        question = Question()
        one = Together(question)
        first = await _asked(one)
        rest = [await _asked(one) for _ in range(5)]
        assert question.asked == ["token"]
        question.answer()
        question.answer()
        return [await first, *(await asyncio.gather(*rest))], question.asked

    assert asyncio.run(ask()) == ([1, 2, 2, 2, 2, 2], ["token", "token"])


def test_another_thing_is_another_question() -> None:
    async def ask() -> list[str]:
        question = Question()
        one = Together(question)
        tasks = [await _asked(one, "token"), await _asked(one, "session")]
        question.answer()
        question.answer()
        await asyncio.gather(*tasks)
        return question.asked

    assert asyncio.run(ask()) == ["token", "session"]


def test_what_could_not_be_asked_is_an_error_for_all_who_asked_and_for_nobody_after_them() -> None:
    async def ask() -> list[object]:
        failures = iter([True, False])

        async def question(_: str) -> str:
            await asyncio.sleep(0)
            if next(failures):
                raise ConnectionError
            return "answered"

        one = Together(question)
        both = await asyncio.gather(one.ask("token"), one.ask("token"), return_exceptions=True)
        return [*map(type, both), await one.ask("token")]

    assert asyncio.run(ask()) == [ConnectionError, ConnectionError, "answered"]


def test_one_who_hangs_up_takes_the_answer_from_nobody() -> None:
    async def ask() -> int:
        question = Question()
        one = Together(question)
        first, second = asyncio.create_task(one.ask("token")), await _asked(one)
        first.cancel()
        question.answer()
        return await second

    assert asyncio.run(ask()) == 1


def test_in_one_turn_of_the_loop_so_many_are_let_on_and_the_rest_in_their_order() -> None:
    async def pass_by() -> list[list[int]]:
        turns, passed = Turns(2), list[list[int]]()

        async def one(number: int) -> None:
            await turns.wait()
            passed[-1].append(number)

        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        while not all(task.done() for task in tasks):
            passed.append([])
            await asyncio.sleep(0)
        return [some for some in passed if some]

    assert asyncio.run(pass_by()) == [[0, 1], [2, 3], [4]]


def test_all_that_was_brought_before_the_court_while_it_sat_is_judged_in_one_sitting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sittings: list[set[Asked]] = []

    def judge(asked: Iterable[Asked]) -> Verdicts:
        sittings.append(set(asked))
        return {one: Verdict.GONE if one[0] is ANN else Verdict.HEARS for one in sittings[-1]}

    monkeypatch.setattr(together, "judge", judge)
    one, other = frame(1), frame(2)

    async def ask() -> list[Verdict]:
        court = Court()
        asked: list[tuple[Principal, Frame]] = [(SYSTEM, one), (ANN, one), (ANN, other), (ANN, other)]
        found = await asyncio.gather(*(court.judge(principal, [about]) for principal, about in asked))
        return [verdicts[about] for verdicts, (_, about) in zip(found, asked, strict=True)]

    assert asyncio.run(ask()) == [Verdict.HEARS, Verdict.GONE, Verdict.GONE, Verdict.GONE]
    assert sittings == [{(SYSTEM, one), (ANN, one), (ANN, other)}]


def test_who_was_about_to_be_let_in_is_asked_again_about_what_was_doubted_since() -> None:
    async def doubt() -> tuple[object, ...]:
        doubts = Doubts()
        doubts.learn({"ann"})
        since = doubts.number
        before = doubts.since(since, {"ann", "token"})
        doubts.learn({"ben"})
        other = doubts.since(since, {"ann", "token"})
        doubts.learn({EVERYBODY})
        doubts.learn({"token"})
        return before, other, doubts.since(since, {"ann", "token"}), doubts.take(), doubts.take()

    assert asyncio.run(doubt()) == (set(), set(), {EVERYBODY, "token"}, {"ann", "ben", EVERYBODY, "token"}, set())


def test_of_more_doubts_than_are_remembered_each_is_about_everybody_who_was_not_in() -> None:
    doubts = Doubts()
    for number in range(REMEMBERED + 1):
        doubts.learn({str(number)})
    assert doubts.since(1, {"ann"}) == set()
    assert doubts.since(0, {"ann"}) == {"ann"}
