"""The PostgreSQL wire protocol and the connection to the backend."""
