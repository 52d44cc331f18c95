"""How Kubernetes and Google write amounts, times and addresses in text. Pure; readers import what they read."""
