"""The `supplychain` command."""
