"""What accounts buy: orders, subscriptions, payments, refunds, invoices."""
