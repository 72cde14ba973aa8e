"""One kind of written thing per file: how it is recognised and how it is said."""
