"""Objects that follow from declarations and from the rendered base, never from a template. One noun per file."""
