"""The commands of `supplychain`, one module each."""
