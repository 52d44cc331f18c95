"""Rows of kind files: what an edit at a path does, and the words that say when it holds."""
