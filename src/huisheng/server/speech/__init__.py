"""Speech over HTTP: endpoints, the rules behind them, the files that result."""
