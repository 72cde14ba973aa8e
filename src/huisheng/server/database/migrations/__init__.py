"""Changes of the tables, forwards and back, from one release to the next."""
