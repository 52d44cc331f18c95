"""What is wrong with an environment once its units are known."""
