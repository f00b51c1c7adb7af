"""The peer of approve.py: one approval step as Django with viewflow does it, with viewflow's own view."""
