"""The demo: a watch over saved sites on loopback, in simulated time, with receivers that keep what they get."""
