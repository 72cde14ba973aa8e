"""How a text will be read, for people who ask why."""
