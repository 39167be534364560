"""Scrapy settings: polite by default, and nothing that could be turned to evasion."""

from crawlers.network import Network

BOT_NAME = "fairstay"
SPIDER_MODULES = ["crawlers.spiders"]
LOG_LEVEL = "WARNING"

# Scrapy 2.14 to 2.19 let concurrent requests past robots.txt while it is being fetched; crawlers.robots does not.
ROBOTSTXT_OBEY = False
ROBOTSTXT_USER_AGENT = "fairstay"
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "crawlers.hosts.HostGate": 50,
    "crawlers.patience.Patience": 60,
    "crawlers.robots.RobotsGate": 100,
    "crawlers.conditional.ConditionalGate": 650,  # each address of a redirect has conditions of its own
    "crawlers.resolver.PrivateAddresses": 560,  # before an error is taken for one worth another try
}

DOWNLOAD_DELAY = 2
DOWNLOAD_DELAY_JITTER = 0  # the delay is a floor
CONCURRENT_REQUESTS_PER_DOMAIN = 1
CONCURRENT_REQUESTS = 1  # a request that waits its turn would still go out after the host refused the one before
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 2
AUTOTHROTTLE_MAX_DELAY = 60
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0

# 403, 429 and 503 mean that the host wants to be left alone; crawlers.hosts and crawlers.patience see to that.
RETRY_TIMES = 2
RETRY_HTTP_CODES = [500, 502, 504, 408]
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"
REDIRECT_MAX_TIMES = 5
METAREFRESH_ENABLED = False
DEPTH_LIMIT = 1000

NETWORK = Network()
DOWNLOAD_TIMEOUT = NETWORK.timeout_s
DOWNLOAD_MAXSIZE = NETWORK.max_bytes
DOWNLOAD_WARNSIZE = 0
DOWNLOAD_VERIFY_CERTIFICATES = True
DOWNLOAD_HANDLERS = {
    "http": "crawlers.download.DownloadHandler",
    "https": "crawlers.download.DownloadHandler",
    "data": None,
    "file": None,
    "ftp": None,
    "s3": None,
}

COOKIES_ENABLED = False
HTTPPROXY_ENABLED = False
REFERRER_POLICY = "same-origin"
TELNETCONSOLE_ENABLED = False
TWISTED_REACTOR_ENABLED = False
