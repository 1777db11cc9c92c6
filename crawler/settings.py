"""Scrapy's settings; ITEM_PIPELINES is the data flow, in order."""

from crawler import config

try:
    _config = config.load()
except config.ConfigError as error:
    raise SystemExit(f"huixun: {error}") from None

BOT_NAME = "huixun"
SPIDER_MODULES = ["spiders"]
COMMANDS_MODULE = "spiders.commands"
SPIDER_LOADER_CLASS = "spiders.loader.CatalogSpiderLoader"
USER_AGENT = f"Huixun/0.1 (+{_config.crawl.contact})"

ITEM_PIPELINES = {
    "pipelines.snapshot.SnapshotPipeline": 100,
    "pipelines.decode.DecodePipeline": 200,
    "pipelines.repair.RepairPipeline": 300,
    "pipelines.despam.DespamPipeline": 400,
    "pipelines.extract.ExtractPipeline": 500,
    "pipelines.structure.StructurePipeline": 600,
    "pipelines.dedup.DedupPipeline": 700,
    "pipelines.store.StorePipeline": 800,
}

# Polite: robots.txt, one slow queue a host, no cookies, an honest name.
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS = 32
CONCURRENT_REQUESTS_PER_DOMAIN = 1
DOWNLOAD_DELAY = _config.crawl.delay
COOKIES_ENABLED = False
REFERER_ENABLED = False
METAREFRESH_ENABLED = False
HTTPCACHE_ENABLED = False
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "zh-CN,zh;q=0.9",
}

# Bounded: sizes, times, redirects.
DOWNLOAD_TIMEOUT = _config.crawl.timeout
DOWNLOAD_MAXSIZE = _config.crawl.max_bytes
DOWNLOAD_WARNSIZE = 0
REDIRECT_MAX_TIMES = 5
RETRY_TIMES = 1
RETRY_HTTP_CODES = [502, 504]  # 503, 429 and the like are for the next look: the site asked for rest
DEPTH_LIMIT = 0
CONCURRENT_ITEMS = 4

# Closed: only http and https, no remote control, no private address.
DOWNLOAD_HANDLERS = {
    "http": "spiders.tls.Handler",
    "https": "spiders.tls.Handler",
    **dict.fromkeys(("file", "data", "ftp", "s3")),
}
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
TWISTED_DNS_RESOLVER = "spiders.middlewares.guard.PublicResolver"
DOWNLOADER_MIDDLEWARES = {
    "spiders.middlewares.guard.GuardMiddleware": 50,
    "spiders.middlewares.robots.KeptRobotsMiddleware": 80,
    "spiders.middlewares.render.RenderMiddleware": 650,
    "spiders.middlewares.politeness.PolitenessMiddleware": 960,
}

EXTENSIONS = {
    "spiders.extensions.heartbeat.Heartbeat": 100,
    "spiders.extensions.progress.Progress": 200,
    "scrapy.extensions.telnet.TelnetConsole": None,
}

LOG_LEVEL = "INFO"
LOG_VERSIONS: list[str] = []
LOG_FORMATTER = "spiders.logs.LogFormatter"
STATS_DUMP = False
WARN_ON_GENERATOR_RETURN_VALUE = False  # it reads the source of each callback, for every request
