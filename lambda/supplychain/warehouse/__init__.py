"""The warehouse: a client of the Redshift Data API, the tables' SQL, the loaders and their verification."""
