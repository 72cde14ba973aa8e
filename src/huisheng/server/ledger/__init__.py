"""The books: journals whose entries sum to zero, only ever added."""
