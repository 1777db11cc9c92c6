"""Who should hear of what (rules), what they read (message), and how it reaches them (deliver and the channels)."""
