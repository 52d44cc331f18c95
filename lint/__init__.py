"""What programs that we did not write say about the built objects of all environments: `make lint-manifests`, `make conform`."""
