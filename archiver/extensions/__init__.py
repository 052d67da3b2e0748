"""The Scrapy extension around a crawl: the collection opened before the first request and finished after the last."""
