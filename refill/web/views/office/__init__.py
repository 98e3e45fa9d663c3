"""Pages of the operator's office. Behind its door; nothing here asks for a right again."""
