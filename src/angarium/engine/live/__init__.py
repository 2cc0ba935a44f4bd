"""What happened, told as it happens: frames from the two logs, over WebSocket and server-sent events.

    commit ─► relay stamps ─► hint ─► hub reads on, once per process ─► frames ─► watchers' queues ─► sockets

The hub tells from the logs and from nothing else; hints only wake it, so that one which is lost, or a Redis that is
away, costs a moment and never a frame. Invariants, each with a test:

 1. Per connection and log, positions only grow, and what a watcher may read between two of them has been sent.
 2. Between the place that a client names and the first frame lies nothing: the gap is given whole, or `reset` is said.
 3. A frame is made and encoded once per process, whoever hears it.
 4. Nobody hears of what they may not read: asked when a topic is followed, again for each event of the topic where not
    everything may be read, and again when people, roles, tokens or sessions change.
 5. A slow, silent or rude client costs nobody else anything: its queue is bounded in bytes, its rights are asked in
    threads, and it is let go with a code that says why.
 6. Of many who come back at once a few are let in in each turn of the loop, and of what they all ask the database is
    asked once; nobody is told what was so before they asked.

On failure: the process dies → clients connect to another one, or to its successor, and resume. The database is away →
sockets stay, nothing is told until it is back. Redis is away → hubs ask the database every second meanwhile.
The protocol is in docs/reference/live.md.
"""
