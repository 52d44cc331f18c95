"""Rules on language models: what is listed, where it is served, and until when."""
