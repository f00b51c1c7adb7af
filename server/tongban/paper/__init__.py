"""Documents: layouts become signed PDF files that anyone can verify."""
