"""The floor: tables, migrations, and typed frames in and out."""
