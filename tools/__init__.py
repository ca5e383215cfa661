"""What the project is kept with: setting it up, and writing the pages that follow from its code."""
