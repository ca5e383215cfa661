"""The Redshift Data API on PostgreSQL."""
