"""Redshift's SQL on PostgreSQL."""
