"""Payment methods behind one Protocol. They know orders by their ids and know nothing of plans or tables."""
