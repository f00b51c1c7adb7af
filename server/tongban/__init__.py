"""Tongban 通办: application-and-approval procedures written in JSON."""
