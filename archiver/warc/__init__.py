"""WARC 1.1 as bytes on disk; knows no Scrapy and no HTTP client."""
