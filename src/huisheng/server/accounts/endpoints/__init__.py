"""Accounts over HTTP, one module for each group of addresses."""
