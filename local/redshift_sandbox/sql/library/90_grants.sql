-- Everybody reads the system views; the tables behind them are the library's own.
GRANT SELECT ON ALL TABLES IN SCHEMA redshift_library TO PUBLIC;
REVOKE SELECT ON loads, load_errors, unloads, queries FROM PUBLIC;
RESET search_path;
