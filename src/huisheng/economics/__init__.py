"""What a server costs and earns: machine, speed, price and demand become a month's profit, without floats."""
