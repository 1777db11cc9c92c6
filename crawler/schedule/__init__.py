"""When to look at which site, crawls as subprocesses, and the service that keeps both going."""
