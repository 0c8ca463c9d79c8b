-- The email service: templates, what was sent, and what came back.

CREATE EXTENSION hstore;

CREATE TYPE email_state AS ENUM ('queued', 'sent', 'opened', 'clicked', 'bounced');

CREATE TABLE templates (
    id integer PRIMARY KEY,
    slug varchar(60) NOT NULL UNIQUE,
    subject text NOT NULL,
    body text NOT NULL,
    variables text[] NOT NULL,
    settings hstore,
    retired_at timestamptz NOT NULL DEFAULT 'infinity'
);

INSERT INTO templates (id, slug, subject, body, variables, settings, retired_at) VALUES
    (1, 'welcome', 'Welcome, {{name}}! 👋', E'Hello {{name}},\r\n\r\nthis is "us".\r\n', '{name}',
     'footer => long', 'infinity'),
    (2, 'order-confirmation', 'Your order {{order}}', E'<p>Thank you &amp; see you\\n</p>\n', '{name,order}',
     NULL, 'infinity'),
    (3, 'abandoned-cart', 'Still thinking?', E'You left\t{{items}} in your cart.', '{items}',
     'retry => NULL', 'infinity'),
    (4, 'newsletter', 'News, Neuigkeiten, お知らせ', '{{content}}', '{content}', '', 'infinity'),
    (5, 'survey', 'How were we?', 'Answer here: {{link}}', '{link}',
     'throttle => "100"', '2025-12-31 23:59:59.999999+00'),
    (6, 'nothing', '', '', '{}', NULL, '2024-06-01 00:00:00+02');

CREATE TABLE sent_emails (
    id bigint NOT NULL,
    message_id uuid NOT NULL,
    template_id integer NOT NULL,
    user_id bigint,
    recipient text NOT NULL,
    subject text,
    state email_state NOT NULL,
    payload jsonb NOT NULL,
    headers json,
    sent_at timestamptz NOT NULL,
    opened_at timestamptz,
    clicked_at timestamptz,
    size_in_bytes integer NOT NULL
);

INSERT INTO sent_emails (
    id, message_id, template_id, user_id, recipient, subject, state, payload, headers, sent_at, opened_at,
    clicked_at, size_in_bytes
)
SELECT
    i,
    md5('message ' || i)::uuid,
    template,
    user_number,
    coalesce('user' || user_number || '@example.com', 'stranger' || i || '@example.net'),
    CASE
        WHEN i % 40 = 0 THEN NULL
        WHEN i % 41 = 0 THEN ''
        WHEN i % 10 = 0 THEN 'Re: "your order", no. ' || i || ' — grüße 🎉'
        ELSE 'Re: "your order", no. ' || i
    END,
    state,
    jsonb_build_object(
        'campaign', CASE WHEN template IN (3, 4) THEN 'campaign-' || i * 12 / emails END,
        'locale', (ARRAY['de', 'en', 'ja'])[1 + i % 3],
        'variables', jsonb_build_object(
            'name', E'Ann "A" O''Hara\\\n' || i,
            'items', jsonb_build_array(i % 7, NULL, 'x')
        )
    ),
    CASE
        WHEN i % 15 <> 0 THEN replace(
            '{"X-Mailer":"hyppo",  "Received": ["a;\tb", "line\r\nfolded"], "X-Mailer": "twice @"}', '@', i::text
        )::json
    END,
    sent_at,
    CASE WHEN state IN ('opened', 'clicked') THEN sent_at + interval '1 second' * pg_temp.pick(i, 505, 200000) END,
    CASE WHEN state = 'clicked' THEN sent_at + interval '1 second' * (200000 + pg_temp.pick(i, 506, 100000)) END,
    2000 + pg_temp.pick(i, 507, 90000)
FROM (
    SELECT
        i,
        emails,
        1 + pg_temp.pick(i, 501, 5) AS template,
        CASE WHEN i % 25 <> 0 THEN 1 + pg_temp.pick(i, 502, pg_temp.user_count()) END AS user_number,
        states[1 + pg_temp.pick(i, 503, 8)]::email_state AS state,
        pg_temp.moment(i, emails, 504) AS sent_at
    FROM
        (SELECT pg_temp.rows_at_scale(300000, 600) AS emails) AS size,
        (SELECT '{sent,sent,opened,opened,clicked,queued,bounced,sent}'::text[] AS states) AS words,
        generate_series(1, emails) AS i
) AS draft;

ALTER TABLE sent_emails ADD PRIMARY KEY (id);
ALTER TABLE sent_emails ADD UNIQUE (message_id);
ALTER TABLE sent_emails ADD FOREIGN KEY (template_id) REFERENCES templates (id);

CREATE TABLE bounces (
    email_id bigint PRIMARY KEY,
    is_hard boolean NOT NULL,
    smtp_code smallint,
    reason text,
    raw_answer bytea,
    bounced_at timestamptz NOT NULL,
    retry_after interval
);

INSERT INTO bounces (email_id, is_hard, smtp_code, reason, raw_answer, bounced_at, retry_after)
SELECT
    id,
    id % 3 <> 0,
    CASE WHEN id % 5 <> 0 THEN (ARRAY[421, 450, 550, 552])[1 + id % 4] END,
    CASE WHEN id % 7 <> 0 THEN E'550 5.1.1 <someone@example.com>: "unknown" user\\mailbox\r\n' END,
    CASE WHEN id % 2 = 0 THEN convert_to('550 ungültig', 'LATIN1') || '\x0d0a00' END,
    sent_at + interval '1 second' * pg_temp.pick(id, 511, 600),
    CASE WHEN id % 3 = 0 THEN make_interval(hours => (id % 72)::integer) END
FROM sent_emails
WHERE state = 'bounced'
ORDER BY id;

ALTER TABLE bounces ADD FOREIGN KEY (email_id) REFERENCES sent_emails (id);
