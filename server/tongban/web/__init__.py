"""The web: pages for people, the API for programs."""
