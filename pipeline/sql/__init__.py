"""Every statement the package can say: renderers take values and return a Statement."""
