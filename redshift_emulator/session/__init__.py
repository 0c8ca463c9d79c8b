"""One client's session: login, transactions, parameters, errors."""
