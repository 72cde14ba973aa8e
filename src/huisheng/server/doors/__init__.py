"""Foreign protocols, each a thin door over `speech`'s service."""
