"""An independent oracle for the data: checks in SQL, and statistics. It shares no code with the generator."""
