"""An independent judge of the data, as SQL and as statistics. It shares no code with the generator."""
