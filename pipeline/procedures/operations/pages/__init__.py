"""Collect what pages show, and publish them."""
