"""Pages in, values out: articles, listings, pagination, requisites, and the sandbox that runs them with a deadline."""
