## COPY and UNLOAD
#! No Avro, ORC, fixed-width or encrypted files. A parallel UNLOAD writes one file, or more if MAXFILESIZE requires it.

CREATE TABLE sales (id INT, price NUMERIC(8,2), day DATE, word VARCHAR(10), attrs SUPER)
--
ok

INSERT INTO sales VALUES (1, 2.50, '2024-02-29', 'a|b', JSON_PARSE('{"k":[1,2]}')), (2, NULL, NULL, '', NULL)
--
ok

UNLOAD ('SELECT * FROM sales ORDER BY id') TO 's3://scripts/text/' IAM_ROLE default ESCAPE NULL AS '@'
--
ok

CREATE TABLE copied (LIKE sales)
--
ok

COPY copied FROM 's3://scripts/text/' IAM_ROLE default ESCAPE NULL AS '@'
--
ok

SELECT * FROM copied ORDER BY id
--
1 | 2.50 | 2024-02-29 | a|b | {"k":[1,2]}
2 | NULL | NULL |  | NULL

UNLOAD ('SELECT id, price, day FROM sales') TO 's3://scripts/parquet/' IAM_ROLE default FORMAT AS PARQUET
--
ok

CREATE TABLE narrow (id INT, price NUMERIC(8,2), day DATE)
--
ok

COPY narrow FROM 's3://scripts/parquet/' IAM_ROLE default FORMAT AS PARQUET
--
ok

SELECT * FROM narrow ORDER BY id
--
1 | 2.50 | 2024-02-29
2 | NULL | NULL

UNLOAD ('SELECT id, word FROM sales') TO 's3://scripts/csv/' IAM_ROLE default CSV HEADER GZIP MANIFEST PARALLEL OFF
--
ok

UNLOAD ('SELECT id, word FROM sales') TO 's3://scripts/csv/' IAM_ROLE default CSV
--
error Specified unload destination on S3 is not empty

COPY copied (id, word) FROM 's3://scripts/csv/manifest' IAM_ROLE default MANIFEST CSV GZIP IGNOREHEADER 1
--
ok

SELECT COUNT(*), COUNT(word), SUM(id), PG_LAST_COPY_COUNT() FROM copied
--
4 | 4 | 6 | 2

COPY narrow FROM 's3://scripts/csv/0' IAM_ROLE default CSV GZIP
--
error Load into table 'narrow' failed. Check 'sys_load_error_detail' system table for details.

SELECT line_number, column_name, error_code, error_message FROM sys_load_error_detail
--
1 |  | 1214 | Delimiter not found

SELECT status, table_name, loaded_rows FROM sys_load_history ORDER BY start_time
--
completed | copied | 2
completed | narrow | 2
completed | copied | 2
aborted | narrow | 0

COPY narrow FROM 's3://scripts/none/' IAM_ROLE default CSV
--
error The specified S3 prefix 'none/' does not exist

COPY narrow FROM 's3://scripts/csv/' IAM_ROLE 'arn:aws:iam::000000000000:role/stranger' CSV
--
error is not authorized to assume IAM Role arn:aws:iam::000000000000:role/stranger: it is not associated with the namespace

COPY narrow FROM 's3://scripts/csv/' IAM_ROLE default FORMAT ORC
--
error the sandbox does not support COPY with ORC yet

UNLOAD ('SELECT 1 LIMIT 1') TO 's3://scripts/limit/' IAM_ROLE default
--
error LIMIT clause is not supported in the outer SELECT of UNLOAD
