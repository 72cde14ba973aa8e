"""The voice that comes with 绘声, from texts to package: `python -m recipes.builtin` makes it again."""
