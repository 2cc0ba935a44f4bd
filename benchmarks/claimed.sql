-- `numbers` are (n, kind, state). Of each operation there are so many `lines`: accepted, claimed, the rest reports.
INSERT INTO ledger_operation (id, kind, state, stage, message, epoch, seq, claims, max_claims, worker, input, metadata,
    created_at, started_at, updated_at, finished_at)
SELECT {id}, kind, state, '', '', least(1, {lines} - 1), greatest(0, {lines} - 2), least(1, {lines} - 1), 5, 'bench',
    jsonb_build_object('name', 'number ' || n, 'processing_time', 1), jsonb_build_object(), now(),
    CASE WHEN {lines} > 1 THEN now() END, now(), CASE WHEN state IN {ended} THEN now() END
FROM {numbers};

INSERT INTO ledger_transition (operation_id, epoch, seq, state, stage, message, worker, verdict, digest, at)
SELECT {id}, least(1, line), greatest(0, line - 1),
    CASE line WHEN 0 THEN 'queued' WHEN {lines} - 1 THEN state ELSE 'running' END,
    '', '', 'bench', 'applied', repeat('0', 64), now()
FROM {numbers}, generate_series(0, {lines} - 1) line WHERE {history};

INSERT INTO ledger_due (operation_id, kind, queue, order_key, ordinal, due_at, since, claimed, epoch, publishes)
SELECT {id}, kind, '', '', 0, now() + interval '7 days', now(), state = 'running', 1, 0
FROM {numbers} WHERE state NOT IN {ended};

INSERT INTO ledger_deadletter (operation_id, kind, reason, at)
SELECT {id}, kind, 'no reason', now() FROM {numbers} WHERE state = 'failed';

INSERT INTO ledger_count (kind, state, value)
SELECT kind, state, count(*) FROM {numbers} GROUP BY kind, state
ON CONFLICT (kind, state) DO UPDATE SET value = ledger_count.value + excluded.value;
