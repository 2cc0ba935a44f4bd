"""Lists that are kept until something in them changes, and are never stale.

    GET ──► which generation? (1 query) ──► versions of the list's scopes, and the body kept under them (1 round trip)
              hit: answered                miss: rows are read, shown, and kept if the versions are still the same
    commit ──► what was committed concerns these scopes ──► each gets another version, before the writer has his answer
    relay  ──► the same once more, for a writer that died in between

Invariants, each with a test:

* A list has the versions of its scopes in its key. A version is a new random word, so none ever comes back. Who read
  rows before a commit has read an older version before that, and cannot keep what he made of them.
* A version that could not be raised (Redis is away, or silent) begins a new generation instead. That is a row of the
  database, so that also those see it for whom Redis answers. Redis itself, started anew, begins another one too: its
  run id is a part of every version, since it may come back with what it held a while ago.
* Redis away or silent is a slower list and a number in the metrics: nobody waits longer than `PATIENCE`, nobody asks
  again before `AGAIN`, and no write fails.
* Whoever reads inside a transaction reads the database: what he sees is not what others see.
* Without Redis each process keeps its own lists. It reads the event log on before it answers from them, so it hears of
  what other processes wrote without being told.

Outside of it is what leaves no event: raw SQL and fixtures. A list is kept for `SECONDS` at most. Migrations begin a
new generation.
"""
