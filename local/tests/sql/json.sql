## JSON strings and SUPER paths

SELECT JSON_EXTRACT_PATH_TEXT('{"a": {"b": 1}}', 'a', 'b'), IS_VALID_JSON('{'), JSON_ARRAY_LENGTH('[1, 2]'), STRTOL('ff', 16)
--
1 | false | 2 | 255

SELECT s.attrs.tier::int, s.attrs.tags[0]::varchar FROM (SELECT JSON_PARSE('{"tier": 1, "tags": ["a", "b"]}') AS attrs) s
--
1 | a
