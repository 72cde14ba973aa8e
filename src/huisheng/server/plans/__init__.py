"""What is sold: plans and prices as data, days and months of an account, proration. No database."""
