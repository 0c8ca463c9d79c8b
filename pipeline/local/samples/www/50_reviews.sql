-- What people write: every text that has ever broken a CSV file, then ordinary reviews.

CREATE TABLE reviews (
    id bigint NOT NULL,
    product_id integer NOT NULL,
    user_id bigint,
    stars smallint NOT NULL,
    title varchar(200),
    body text,
    helpful_votes integer NOT NULL,
    written_at timestamptz NOT NULL
);

INSERT INTO reviews (id, product_id, user_id, stars, title, body, helpful_votes, written_at)
SELECT
    id,
    1 + pg_temp.pick(id, 201, pg_temp.product_count()),
    1 + pg_temp.pick(id, 202, 100),
    1 + pg_temp.pick(id, 203, 5),
    title,
    body,
    0,
    timestamptz '2024-01-01 00:00:00+00' + interval '1 minute' * id
FROM (SELECT row_number() OVER () AS id, title, body FROM (VALUES
    ('NULL', NULL),
    ('empty string', ''),
    ('one blank', ' '),
    ('blanks around', '  two before, three after   '),
    ('only a newline', E'\n'),
    ('newline at the end', E'last line\n'),
    ('line feeds', E'first\nsecond\n\nfourth'),
    ('carriage return and line feed', E'first\r\nsecond\r\n'),
    ('carriage return alone', E'first\rsecond'),
    ('tabs', E'\ttab first, a\ttab inside, tab last\t'),
    ('vertical tab, form feed, backspace', E'\u000B\f\b'),
    ('other control characters', E'\u0001\u0002\u001A\u001B\u001F\u007F'),
    ('next line, line and paragraph separator', U&'a\0085b\2028c\2029d'),
    ('double quotes', '"quoted", ""twice"", and one left "open'),
    ('one double quote', '"'),
    ('two double quotes', '""'),
    ('single quotes', 'it''s ''fine'''),
    ('dollar quotes', '$$body$$ $1 ${name} %s %(name)s {0} :name ?'),
    ('commas, semicolons, pipes', 'a,b;c|d,,'),
    ('one backslash', '\'),
    ('backslashes', 'C:\new\table\\server\share\'),
    ('backslash before a quote', 'say \"hello\" and \''bye\'''),
    ('escapes that are none', '\n \t \r \\ \0 \x41 \u0041'),
    ('the NULL of PostgreSQL and Redshift', '\N'),
    ('the same in quotes', '"\N"'),
    ('the end of data', '\.'),
    ('NULL in words', 'NULL'),
    ('null in small letters', 'null'),
    ('a usual sentinel', '~NULL~'),
    ('another usual sentinel', '@NULL@'),
    ('one more usual sentinel', '__NULL__'),
    ('None', 'None'),
    ('n/a', 'N/A'),
    ('comments', '-- not a comment /* neither */ ; DROP TABLE users; --'),
    ('looks like a number', '007'),
    ('looks like a date', '2026-02-30'),
    ('looks like true', 't'),
    ('looks like json', '{"key": ["value", null]}'),
    ('looks like html', '<b>&amp;&nbsp;&lt;/b&gt;'),
    ('composed', U&'\00E9'),
    ('decomposed', U&'e\0301'),
    ('many combining marks', U&'Z\0351\036B\0343\036A\0302\036B\033D\034F\0334\0319\0324'),
    ('emoji', '😀 👍🏽 🏳️‍🌈 👨‍👩‍👧‍👦 🇩🇪'),
    ('beyond the basic plane', '𝒳 𐍈 𠜎'),
    ('right to left', 'שלום עולם, مرحبا بالعالم'),
    ('direction marks', U&'\202Eevil\202C \200Fok\200E \2066isolated\2069'),
    ('zero width', U&'a\200Bb\200Dc\2060d\FEFFe'),
    ('byte order mark first', U&'\FEFFstarts with a mark'),
    ('no-break and wide blanks', U&'\00A0a\2003b\3000'),
    ('CJK', '漢字かな交じり文、한국어도'),
    ('replacement character', U&'\FFFD'),
    ('the last code point before the surrogates, and the last of all planes in use', U&'\D7FF\+10FFFD'),
    ('case that changes length', 'ß ẞ İ ı ŉ ﬃ'),
    ('256 bytes', repeat('b', 256)),
    ('257 bytes', repeat('b', 257)),
    ('10,001 bytes', repeat('0123456789', 1000) || '!'),
    ('65,535 bytes of one kind', repeat('x', 65535)),
    ('65,535 bytes in 21,845 characters', repeat('漢', 21845)),
    ('65,532 bytes in 16,383 characters', repeat('😀', 16383)),
    ('65,535 bytes that double when quoted', repeat('"', 65535)),
    ('many lines', repeat(E'a line\n', 9000)),
    (NULL, 'a review without a title'),
    ('', 'a review with an empty title'),
    (repeat('ä', 200), 'a title of 200 characters and 400 bytes'),
    (repeat('🎈', 200), 'a title of 200 characters and 800 bytes')
) AS hard (title, body)) AS numbered;

INSERT INTO reviews (id, product_id, user_id, stars, title, body, helpful_votes, written_at)
SELECT
    i,
    1 + pg_temp.pick(i, 201, pg_temp.product_count()),
    CASE WHEN i % 6 <> 0 THEN 1 + pg_temp.pick(i, 202, pg_temp.user_count()) END,
    1 + pg_temp.pick(i, 203, 5),
    CASE WHEN i % 5 <> 0 THEN openings[1 + pg_temp.pick(i, 204, 6)] END,
    CASE
        WHEN i % 9 <> 0
            THEN openings[1 + pg_temp.pick(i, 205, 6)] || E'\n'
                || repeat(sentences[1 + pg_temp.pick(i, 206, 5)] || ' ', pg_temp.pick(i, 207, 12)::integer)
    END,
    pg_temp.pick(i, 208, 500) / (1 + pg_temp.pick(i, 209, 30)),
    pg_temp.moment(i, wanted, 210)
FROM (SELECT pg_temp.rows_at_scale(40000, 200) AS wanted) AS size
CROSS JOIN LATERAL generate_series((SELECT max(id) + 1 FROM reviews), wanted) AS i
CROSS JOIN (
    SELECT
        ARRAY[
            'Great!', 'Not what I "expected"', 'So lala …', 'Très bien', '二度と買わない', 'ممتاز 👌'
        ] AS openings,
        ARRAY[
            'It does what it says, mostly.', 'Der Griff ist locker;\r\nleider.',
            'Would buy again, wouldn''t give away.', 'La qualité\baisse.', '値段の割に良い。'
        ] AS sentences
) AS words;

ALTER TABLE reviews ADD PRIMARY KEY (id);
ALTER TABLE reviews ADD FOREIGN KEY (product_id) REFERENCES products (id);
ALTER TABLE reviews ADD FOREIGN KEY (user_id) REFERENCES users (id);
