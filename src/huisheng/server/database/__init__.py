"""The database of accounts and money: SQLite by default, PostgreSQL by address."""
