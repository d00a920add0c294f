"""Pure rules of triangulation: books, verdicts, consensus."""
