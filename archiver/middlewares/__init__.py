"""Downloader middlewares in place of Scrapy's, where the archive needs more: robots.txt, content codings, hosts."""
