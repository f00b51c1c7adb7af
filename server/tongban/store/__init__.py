"""The database: the only floor that writes SQL."""
