"""The Scrapy settings module of every crawl (``scrapy.cfg`` names it); what one crawl is told comes on top (capture.launch)."""

BOT_NAME = "archiver"
SPIDER_MODULES = ["archiver.spiders"]
NEWSPIDER_MODULE = "archiver.spiders"
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"

# Not uvloop, though it would save 9 % of the CPU: after a reset its poll handle is closed without a word to Twisted, so that the
# time limit of that request fails and the crawl never ends (tests/capture, the table over TLS).
ASYNCIO_EVENT_LOOP = None

DOWNLOAD_HANDLERS = {
    "http": "archiver.capture.handler.ArchivingDownloadHandler",
    "https": "archiver.capture.handler.ArchivingDownloadHandler",
    # Nothing but http and https is ever fetched.
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "archiver.middlewares.length.LengthMiddleware": 80,
    "archiver.middlewares.resume.ResumeMiddleware": 90,
    "archiver.middlewares.addresses.AddressMiddleware": 95,
    "archiver.middlewares.robots.RobotsMiddleware": 100,
    # Below RetryMiddleware (550): when it asks again, the host's slot waits already.
    "archiver.middlewares.backoff.BackoffMiddleware": 560,
    "archiver.middlewares.conditional.ConditionalMiddleware": 595,
    # After robots (a request of its own), before what sets headers, cookies and proxies.
    "archiver.middlewares.hosts.HostsMiddleware": 150,
    "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,
    "archiver.middlewares.decode.DecodeMiddleware": 590,
    "scrapy.downloadermiddlewares.redirect.MetaRefreshMiddleware": None,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
}
# No Referer: a site need not know where a reader would have come from.
REFERRER_POLICY = "no-referrer"
SPIDER_MIDDLEWARES = {
    # Depth is kept in the discovery.
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,
    "scrapy.spidermiddlewares.metacopy.MetaCopyDetectionMiddleware": None,
}
EXTENSIONS = {
    "archiver.extensions.collection.CollectionExtension": 0,
    "scrapy.extensions.telnet.TelnetConsole": None,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.memdebug.MemoryDebugger": None,
    "scrapy.extensions.closespider.CloseSpider": None,
    "scrapy.extensions.feedexport.FeedExporter": None,
    "scrapy.extensions.logstats.LogStats": None,
    "scrapy.extensions.spiderstate.SpiderState": None,
    "scrapy.extensions.remote_control.RemoteControl": None,
}
SCHEDULER_MEMORY_QUEUE = "archiver.capture.frontier.FrontierQueue"
ITEM_PIPELINES = {"archiver.pipelines.DatasetPipeline": 300}
# One request at a time would be the politest; a host's own pace is DOWNLOAD_DELAY.
CONCURRENT_REQUESTS_PER_DOMAIN = 8
DOWNLOAD_DELAY_JITTER = 0
# Scrapy starts as many tasks as this for every response, 100 by default: 16 % of a crawl's CPU (bench/README.md).
CONCURRENT_ITEMS = 2
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
AUTOTHROTTLE_MAX_DELAY = 60
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
STATS_DUMP = False
LOG_LEVEL = "INFO"
LOG_INSTALL_ROOT_HANDLER = False
COOKIES_ENABLED = True
# Cookies may be a login.
COOKIES_DEBUG = False
# Scrapy drops longer ones without a word; LengthMiddleware makes them failures.
URLLENGTH_LIMIT = 0
# Scrapy's usual one knows IPv4 alone. It has a time limit of its own, for which here that of the request stands.
TWISTED_DNS_RESOLVER = "scrapy.resolver.CachingHostnameResolver"
USER_AGENT = "archiver"
