"""The supply-chain sample warehouse: its data, and how the data gets into the warehouse."""
