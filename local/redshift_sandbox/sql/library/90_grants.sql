-- Everyone may read the system views, but not the tables behind them.
GRANT SELECT ON ALL TABLES IN SCHEMA redshift_library TO PUBLIC;
REVOKE SELECT ON loads, load_errors, unloads, queries FROM PUBLIC;
RESET search_path;
