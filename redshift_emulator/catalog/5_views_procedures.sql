-- Procedures: PostgreSQL has their names, owners and privileges; the emulator runs their bodies.
CREATE TABLE IF NOT EXISTS pg_internal.user_procedure (
    oid oid PRIMARY KEY,
    arguments text NOT NULL           -- as CREATE PROCEDURE, or CREATE FUNCTION, lists them
);
GRANT SELECT ON pg_internal.user_procedure TO PUBLIC;
ALTER TABLE pg_internal.user_procedure ADD COLUMN IF NOT EXISTS nonatomic boolean NOT NULL DEFAULT false;
