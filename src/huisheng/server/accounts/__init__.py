"""Who may use the server: people, the accounts they belong to, and the keys of their programs."""
