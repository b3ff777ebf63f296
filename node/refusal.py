"""What an organiser is told when something asked for cannot be done."""


class Refusal(Exception):
    """Something asked for cannot be done; the text is for people: what is wrong, what it means, what to do."""
