"""Commands about designs: write, import, check and test them, and show what they become."""
