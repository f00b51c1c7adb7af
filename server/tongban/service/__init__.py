"""Use cases, one module each. No Flask; views come back."""
