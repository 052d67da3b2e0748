"""Tests of the other ways to articles: feeds, sitemaps, WordPress REST; and of paging that must end."""
