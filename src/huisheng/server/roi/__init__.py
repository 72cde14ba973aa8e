"""What this server costs and earns."""
