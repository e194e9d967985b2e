"""Hugging Face datasets. Its defaults are what the card says: the rest is in the card's front matter."""

from fingerprint import Json, fingerprint
from judging import from_card, judge


def card() -> Json:
    return fingerprint(from_card("Hugging Face datasets"))


if __name__ == "__main__":
    judge({"card": card})
