"""How a text will be read, and why."""
