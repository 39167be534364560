"""Sources of reviews, one file each: bytes of a documented shape in, a page of observations out."""
