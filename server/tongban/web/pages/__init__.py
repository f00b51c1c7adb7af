"""Pages, one blueprint a URL noun."""
