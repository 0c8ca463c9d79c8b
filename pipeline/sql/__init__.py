"""Every statement the package can say, one module per purpose; renderers take values and return a Statement."""
