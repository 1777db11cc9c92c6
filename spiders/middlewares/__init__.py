"""What stands between the spiders and the network: addresses, politeness, the browser."""
