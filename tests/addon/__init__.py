"""The add-on in stock Scrapy projects, run as processes."""
