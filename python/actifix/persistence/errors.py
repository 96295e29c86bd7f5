"""What goes wrong with the database, by name."""


class DatabaseError(Exception):
    """The database could not do what was asked."""


class DatabaseConnectionError(DatabaseError):
    """The database could not be opened."""


class DatabaseSchemaError(DatabaseError):
    """The tables could not be made or upgraded."""


class DatabaseSecurityError(Exception):
    """The database may not stand where it was to."""
