"""The fault drill: a compressed month of composed websites with every fault, watched by the real service."""
