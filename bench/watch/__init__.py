"""Measures the watch: looks without a change, the speed of crawls, a thousand sources in one watcher."""
