-- What the shop still owes to holders of gift cards. Upstream names need quotes; Redshift ignores case.
SELECT
    g."Währung" AS currency,
    TO_CHAR(g."Expires", 'YYYY') AS expires_in,
    COUNT(*) AS card_count,
    SUM(g."FACE VALUE") AS face_value,
    COUNT(g."bought by ""user""") AS sold_to_users,
    '-- not a comment; FROM nowhere.at_all, "neither".this' AS remark
FROM "www"."Gift Cards" AS g
WHERE NOT g."100% used"
GROUP BY 1, 2
