"""What watches a crawl from beside it: the run's record and the live bar."""
