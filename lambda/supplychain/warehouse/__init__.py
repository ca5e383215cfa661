"""The Redshift warehouse: Data API client, SQL of the tables, loader and verification."""
