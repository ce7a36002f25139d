"""What it costs, side by side with a baseline in the same run: machines are noisy, so a ratio counts, not a time."""
