"""What the law wants in a file: the AIGC metadata label, written and read (GB 45438-2025)."""
