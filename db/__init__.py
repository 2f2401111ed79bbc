"""Tables, migrations, connection. Knows no rule of the office beyond what constraints say."""
