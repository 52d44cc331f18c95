"""What a secret looks like, wherever it stands: few signs are refused, more are masked."""
