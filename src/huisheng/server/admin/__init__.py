"""What the operator sees and does: accounts, revenue, refunds, books, health."""
