"""Questions about assets, elements and spaces: where they are, what is near, what is seen, what they are part of."""
