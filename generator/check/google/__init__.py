"""Rules on resources of Google Cloud, as Config Connector objects."""
