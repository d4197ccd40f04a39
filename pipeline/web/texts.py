"""Every English text of the application."""

NAME = "facefold"
