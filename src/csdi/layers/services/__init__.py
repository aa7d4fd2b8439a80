"""Services: the layers of other servers page by page, whatever protocol they speak."""
