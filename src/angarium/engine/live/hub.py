"""The hub: one for each process that has watchers. It reads both logs on and offers each frame to whoever hears it.

Everything here runs in the event loop; what asks the database runs in threads. Between the last question and the
offering there is no `await`, so that who comes in between is neither forgotten nor told twice.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set

from angarium.engine.identity.public import Principal
from angarium.engine.observability.public import get_logger

from . import metrics
from .closing import Close
from .doubts import EVERYBODY, Doubts
from .frames import Frame
from .judging import Asked, Verdict, Verdicts, judge
from .place import LOGS, Place
from .reading import between, read_on
from .ring import Ring
from .threads import NUMBER, in_thread
from .together import Court, Together, Turns
from .topics import Grant, grant
from .watcher import Watcher
from .who import Showed, Visitor, again, find

#: Entries of a log that are read to fill a gap; a longer one is a reset.
LONGEST_GAP = 5000
HEARTBEAT = 15.0
#: Watchers that are served before others in the loop have their turn.
SLICE = 500
#: Who is let in in one turn of the loop: each costs as much as there is in the gap.
LET_IN = 25
_log = get_logger(__name__)
Index = dict[str, set[Watcher]]
NOBODY: frozenset[Watcher] = frozenset()
NO_VERDICTS: Mapping[Frame, Verdict] = {}


class Hub:
    """`watchers` are all of them; `place` is how far they have been told; `doubts` are about who they are."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.ring = Ring(place)
        self.watchers: set[Watcher] = set()
        self.doubts = Doubts()
        self._single: Index = defaultdict(set)
        self._whole: Index = defaultdict(set)
        self._partly: Index = defaultdict(set)
        self._reading = asyncio.Lock()
        self._reaching: asyncio.Task[bool] | None = None
        self._news = Together[None, bool](lambda _: self.read_on())
        self._identities = Together[Showed, Visitor | None](lambda showed: in_thread(find, showed))
        self._grants = Together[tuple[Principal, tuple[str, ...]], Grant](lambda asked: in_thread(grant, *asked))
        self._court, self._turns = Court(), Turns(LET_IN)

    # --- reading on

    async def read_on(self) -> bool:
        """Tell what is new. True when there is more already."""
        async with self._reading:
            news = await in_thread(read_on, self.place)
            verdicts = await self._verdicts(news.frames)
            if news.place.generation != self.place.generation:
                self.begin_anew(news.place)
            for log in news.broken:
                _log.warning("live.entries_missing", log=log, position=news.place.at(log))
                self.begin_anew(news.place)
            for frame in news.frames:
                self.ring.append(frame)
                self._offer(frame, verdicts)
            self.place = news.place
        if news.persons:
            self.doubts.learn(news.persons)
        return news.more

    def begin_anew(self, place: Place) -> None:
        """What was missed cannot be told: everybody loads anew."""
        self.place, self.ring = place, Ring(place)
        for watcher in self.watchers:
            self._reset(watcher, place)

    def _reset(self, watcher: Watcher, place: Place) -> None:
        metrics.resets.inc()
        watcher.forget()
        watcher.stand(place)
        watcher.say("reset", place)

    async def _verdicts(self, frames: Sequence[Frame]) -> Verdicts:
        """Verdicts for all who have to be asked for, also for those who came while others were."""
        verdicts: Verdicts = {}
        while missing := {one for frame in frames for one in self._asking(frame)} - verdicts.keys():
            verdicts.update(await in_thread(judge, missing))
        return verdicts

    def _asking(self, frame: Frame) -> Iterable[Asked]:
        principals = {id(one): one for one in (watcher.visitor.principal for watcher in self._unsure(frame))}
        return ((one, frame) for one in principals.values())

    def _sure(self, frame: Frame) -> Set[Watcher]:
        """Those who hear it whatever it holds: they may read every one of the topic; or they follow this one, and it is
        work. An event may change who reads what it is about."""
        whole = self._whole.get(frame.name, NOBODY)
        single = self._single.get(frame.topic, NOBODY) if frame.fact is None else NOBODY
        return whole | single if single else whole

    def _unsure(self, frame: Frame) -> Set[Watcher]:
        """Those who follow what it is about, and have to be asked for."""
        found: set[Watcher] = set()
        for route in frame.routes:
            name = route.partition(":")[0]
            for index, key in ((self._single, route), (self._whole, name), (self._partly, name)):
                if key in index:
                    found |= index[key]
        return found - self._sure(frame)

    def _offer(self, frame: Frame, verdicts: Verdicts) -> None:
        for watcher in self._sure(frame):
            watcher.offer(frame)
        known: dict[int, Verdict] = {}  # many watchers have the same principal, and telling that it is equal costs
        for watcher in self._unsure(frame):
            principal = watcher.visitor.principal
            verdict = known.get(id(principal))
            if verdict is None:
                verdict = known[id(principal)] = verdicts[principal, frame]
            watcher.offer(frame, verdict)

    # --- following

    async def identify(self, showed: Showed, drop: Callable[[], object]) -> Watcher | None:
        """Who shows this, as a watcher that follows nothing yet; None for nobody. Of many who show the same at once
        one is asked for."""
        doubts = self.doubts.number
        visitor = await self._identities.ask(showed)
        return Watcher(visitor, drop, doubts) if visitor is not None else None

    async def follow(self, watcher: Watcher, names: Sequence[str], place: Place | None) -> None:
        """Let the watcher follow these topics, from this place on, or from now on. It is told what it was granted."""
        asked = await self._grants.ask((watcher.visitor.principal, tuple(names)))
        await self._turns.wait()
        if watcher.ended is not None:  # it did not wait for so long
            return
        reached = place is None or await self._reach(place)
        begin, ring = place if place is not None and reached else self.place, self.ring
        gap = await self._gap(watcher, asked, begin)
        if watcher.ended is not None:
            return
        before, known = watcher.grant, watcher in self.watchers
        self._index(watcher, _joined(before, asked) if known else asked)
        if not known:
            self.watchers.add(watcher)
            watcher.stand(begin)
            self.doubts.add(self.doubts.since(watcher.doubts, watcher.visitor.ids))
        _welcome(watcher, begin, asked.refused)
        if not reached or self.ring is not ring:
            self._reset(watcher, self.place)
            return
        watcher.allow(_bytes(gap))
        for frame, verdict in gap:
            if not (known and before.follows(frame.names, frame.routes)):
                watcher.offer(frame, verdict, anew=known)

    async def _gap(self, watcher: Watcher, granted: Grant, begin: Place) -> list[tuple[Frame, Verdict]]:
        """What who follows this has to be told after this place, also of what came while verdicts were asked for."""
        ring, found = self.ring, list[tuple[Frame, Verdict]]()
        frames, told = ring.after(begin), ring.told
        while frames:
            gap = [frame for frame in frames if granted.follows(frame.names, frame.routes)]
            asking = [frame for frame in gap if _has_to_be_asked(granted, frame)]
            verdicts = NO_VERDICTS
            if asking:
                verdicts = await self._court.judge(watcher.visitor.principal, asking)
                await self._turns.wait()
            found += [(frame, verdicts.get(frame, Verdict.HEARS)) for frame in gap]
            frames, told = ring.since(told), ring.told
        return found

    async def resume(self, watcher: Watcher, place: Place, logs: Collection[str] = LOGS) -> None:
        """Tell once more what came after this place in these logs."""
        if not await self._reach(place):
            self._reset(watcher, self.place)
            return
        ring = self.ring
        gap = await self._gap(watcher, watcher.grant, place)
        if self.ring is not ring:  # it was told to load anew
            return
        watcher.forget(logs)
        watcher.stand(place, logs)
        watcher.allow(_bytes(gap))
        for frame, verdict in gap:
            if frame.log in logs:
                watcher.offer(frame, verdict)

    def unfollow(self, watcher: Watcher, names: Iterable[str]) -> None:
        lost = set(names)
        kept = [name for name in watcher.grant.names if name not in lost]
        self._index(watcher, _narrowed(watcher.grant, kept))
        _welcome(watcher, self.place)

    async def _reach(self, place: Place) -> bool:
        """Have the ring hold everything after this place, if that can be had."""
        if self._is_behind(place):
            await self._news.ask(None)  # the page was made a moment before this hub heard of it
        while place.generation == self.place.generation and not self._is_behind(place):
            if self.ring.reaches(place):
                return True
            if self._reaching is not None:  # of a thousand who come back at once, one asks the database
                await asyncio.shield(self._reaching)
                continue
            self._reaching = asyncio.create_task(self._reach_further(place))
            if not await asyncio.shield(self._reaching):
                return False
        return False

    async def _reach_further(self, place: Place) -> bool:
        try:
            return await self._reach_back(place)
        finally:
            self._reaching = None

    def _is_behind(self, place: Place) -> bool:
        return any(place.at(log) > self.place.at(log) for log in LOGS)

    async def _reach_back(self, place: Place) -> bool:
        """Read what lies between this place and where the ring begins."""
        for log in LOGS:
            ring, begins = self.ring, self.ring.place.at(log)
            if begins - place.at(log) > LONGEST_GAP:
                return False
            frames: list[Frame] = []
            at = place
            while at.at(log) < begins:
                found, upto = await in_thread(between, log, at, begins)
                if found is None or upto == at.at(log):
                    return False
                frames, at = frames + found, at.moved(log, upto)
            if ring is not self.ring or ring.place.at(log) != begins:
                return self.place.generation == place.generation  # it moved on meanwhile: look again
            if begins > place.at(log):
                ring.prepend(frames, log, place.at(log))
        return True

    # --- rights

    async def ask_again(self, ids: Set[str]) -> None:
        """Ask anew who those in doubt are and what they may read. Who ended is let go; who is named, and may read more
        than before, loads anew."""
        groups: dict[Showed, list[Watcher]] = defaultdict(list)
        for watcher in self.watchers:
            if EVERYBODY in ids or watcher.visitor.ids & ids:
                groups[watcher.visitor.showed].append(watcher)
        waiting = list(groups.values())

        async def ask() -> None:
            while waiting:
                await self._ask_some(waiting.pop(), ids)

        await asyncio.gather(*(ask() for _ in range(NUMBER)))

    async def _ask_some(self, watchers: Sequence[Watcher], ids: Set[str]) -> None:
        """These have shown the same: it is asked once who that is, and once for each that they follow alike."""
        now = await in_thread(again, watchers[0].visitor)
        granted: dict[Grant, Grant] = {}
        for number, watcher in enumerate(watchers, start=1):
            if now is None:
                watcher.end(Close.ENDED)
                continue
            while (before := watcher.grant) not in granted:
                granted[before] = await in_thread(grant, now.principal, before.names)
            self._stand_before(watcher, now, granted[before], named=bool(now.ids & ids))
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def _stand_before(self, watcher: Watcher, now: Visitor, granted: Grant, *, named: bool) -> None:
        before, watcher.visitor = watcher.visitor.principal, now
        if watcher not in self.watchers:
            return
        self._index(watcher, granted)
        if granted.refused:
            watcher.say("unsubscribed", topics=granted.refused)
        if named and (granted.partly or now.principal != before):
            self._reset(watcher, self.place)

    # --- all of them

    async def beat(self) -> None:
        """Say to everybody where the logs stand."""
        for number, watcher in enumerate(list(self.watchers), start=1):
            watcher.say("heartbeat", self.place, sent=watcher.told)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    def leave(self, watcher: Watcher) -> None:
        self._index(watcher, Grant())
        self.watchers.discard(watcher)

    def _index(self, watcher: Watcher, granted: Grant) -> None:
        pairs = (("single", self._single), ("whole", self._whole), ("partly", self._partly))
        for kind, index in pairs:
            for name in getattr(watcher.grant, kind) - getattr(granted, kind):
                index[name].discard(watcher)
                if not index[name]:
                    del index[name]
            for name in getattr(granted, kind):
                index[name].add(watcher)
        watcher.grant = granted


def _welcome(watcher: Watcher, place: Place, refused: Sequence[str] = ()) -> None:
    names = watcher.grant.names
    watcher.say("welcome", place, topics=names, refused=refused, heartbeat=HEARTBEAT, sent=watcher.told)


def _bytes(gap: Iterable[tuple[Frame, Verdict]]) -> int:
    return sum(len(frame.whole.body) for frame, _ in gap)


def _has_to_be_asked(granted: Grant, frame: Frame) -> bool:
    """Is one who follows this not sure to hear the frame?"""
    return frame.name not in granted.whole and (frame.fact is not None or frame.topic not in granted.single)


def _joined(one: Grant, other: Grant) -> Grant:
    return Grant(one.single | other.single, one.whole | other.whole, one.partly | other.partly, other.refused)


def _narrowed(granted: Grant, names: Sequence[str]) -> Grant:
    kept = set(names)
    every = {name.partition(":")[0] for name in kept if name.endswith(":*")}
    return Grant(granted.single & kept, granted.whole & every, granted.partly & every)
