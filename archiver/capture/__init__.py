"""Scrapy to WARC: the wiretap, the recorder and the download handler between them."""
