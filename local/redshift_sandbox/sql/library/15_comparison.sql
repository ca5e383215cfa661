-- Comparisons of strings ignore trailing blanks, as those of PostgreSQL's char(n) do: text uses its functions
-- (docs.aws.amazon.com/redshift/latest/dg/r_Character_types.html, "Significance of trailing blanks").
SET allow_system_table_mods = on;
UPDATE pg_operator SET oprcode = replaced.by
FROM (VALUES ('texteq', 'bpchareq'::regproc), ('textne', 'bpcharne'::regproc), ('text_lt', 'bpcharlt'::regproc),
  ('text_le', 'bpcharle'::regproc), ('text_gt', 'bpchargt'::regproc), ('text_ge', 'bpcharge'::regproc)) AS replaced(name, by)
WHERE oprcode::text = replaced.name AND oprleft = 'text'::regtype AND oprright = 'text'::regtype;
UPDATE pg_amproc SET amproc = replaced.by
FROM (VALUES ('bttextcmp', 'bpcharcmp'::regproc), ('bttextsortsupport', 'bpchar_sortsupport'::regproc),
  ('hashtext', 'hashbpchar'::regproc), ('hashtextextended', 'hashbpcharextended'::regproc)) AS replaced(name, by)
WHERE amproc::text = replaced.name AND amproclefttype = 'text'::regtype AND amprocrighttype = 'text'::regtype;
RESET allow_system_table_mods;

-- An explicit cast to varchar(n) or char(n) truncates by bytes, between characters.
CREATE FUNCTION cut_bytes(a text, n integer) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  kept text := left(a, n);
BEGIN
  WHILE octet_length(kept) > n LOOP
    kept := left(kept, -greatest(1, (octet_length(kept) - n) / 4));
  END LOOP;
  RETURN kept;
END
$$;
CREATE FUNCTION cut(a text, n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN octet_length(a) <= n THEN a ELSE redshift_library.cut_bytes(a, n) END
$$;
CREATE FUNCTION cut(a boolean, n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN a THEN 'true' ELSE 'false' END $$;
