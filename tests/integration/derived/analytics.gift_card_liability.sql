SELECT
    "Währung"::text,
    CASE WHEN "Expires" < 'infinity' THEN extract(year FROM "Expires")::text END,
    count(*),
    sum("Face Value"::numeric),
    count("bought by ""user"""),
    '-- not a comment; FROM nowhere.at_all, "neither".this'
FROM "Gift Cards"
WHERE "100% used" = false
GROUP BY 1, 2
