"""One program per side of a comparison, each run by the Python of its own virtual environment.

`fill N` queues N pieces of work, `work` works them off, `touch RATE SECONDS` commits and publishes at a pace. Each is
told by the environment where the servers are (DATABASE_URL, REDIS_URL) and where its effects go (BENCH_EFFECTS).
"""
