"""Tools for developers: setup, lint of the templates, generated documentation."""
