"""What queries must not contain, and how it is refused."""
