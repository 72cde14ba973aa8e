"""Where work is done: in threads of this process, or in processes that may die without harm."""
