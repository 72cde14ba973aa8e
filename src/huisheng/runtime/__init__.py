"""Scheduling of engines: one synthesizer, one bridge to asynchronous code, admission."""
