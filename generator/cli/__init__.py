"""One click command per file: parse, call the pipeline, print. The only room that prints or exits."""
