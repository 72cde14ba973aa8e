"""What an account may use, what it has reserved, and what it has used."""
