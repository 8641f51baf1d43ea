"""What makes the pages of docs/ and the site from them."""
