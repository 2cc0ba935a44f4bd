-- `rows` messages of `mailings` mailings, each to the same clients: the last one is being sent, the others have ended.
INSERT INTO mailings_client (id, phone, operator_code, tag, timezone, created_at, updated_at)
SELECT n, '79' || lpad(n::text, 9, '0'), substr('9' || lpad(n::text, 9, '0'), 1, 3), '', 'Europe/Moscow', now(), now()
FROM generate_series(1, {rows} / {mailings}) n;

INSERT INTO mailings_mailer (id, version, start, finish, content, tag, operator_code, weekdays, state, created_at,
    updated_at)
SELECT n, 1, now() - interval '1 hour', now() + interval '1 day', 'Good morning!', '', '', 127,
    CASE n WHEN {mailings} THEN 'sending' ELSE 'finished' END, now(), now()
FROM generate_series(1, {mailings}) n;

INSERT INTO mailings_message (mailer_id, client_id, state, reason, due_at, attempts, answer, created_at, sent_at)
SELECT mailer, client, state,
    CASE state WHEN 'failed' THEN 'refused' WHEN 'expired' THEN 'finish' WHEN 'suppressed' THEN 'opted_out'
        WHEN 'cancelled' THEN 'filter' WHEN 'deferred' THEN 'window' ELSE '' END,
    CASE WHEN state IN ('queued', 'deferred') THEN now() + interval '1 hour' END,
    CASE WHEN state IN ('sent', 'failed') THEN 1 ELSE 0 END, CASE state WHEN 'sent' THEN '200' ELSE '' END,
    now(), CASE state WHEN 'sent' THEN now() END
FROM generate_series(1, {mailings}) mailer, generate_series(1, {rows} / {mailings}) client,
    LATERAL (SELECT CASE WHEN mailer = {mailings} AND client % 10 < 4 THEN 'queued'
        WHEN mailer = {mailings} AND client % 10 = 4 THEN 'deferred'
        WHEN client % 1000 < 30 THEN 'failed' WHEN client % 1000 < 45 THEN 'expired'
        WHEN client % 1000 < 50 THEN 'suppressed' WHEN client % 1000 < 60 THEN 'cancelled' ELSE 'sent' END AS state) judged;

INSERT INTO mailings_count (mailer_id, state, reason, value)
SELECT mailer_id, state, reason, count(*) FROM mailings_message GROUP BY 1, 2, 3;

INSERT INTO mailings_minute (mailer_id, at, sent, failed)
SELECT mailer, date_trunc('minute', now()) - n * interval '1 minute', 1000, 30
FROM generate_series(1, {mailings}) mailer, generate_series(1, 60) n;
