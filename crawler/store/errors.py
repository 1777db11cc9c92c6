"""The one error that the store raises for things a person can put right."""


class StoreError(Exception):
    """The store cannot be used; the message is one sentence that says what is wrong and what to do."""
