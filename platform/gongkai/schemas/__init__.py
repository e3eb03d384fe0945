"""What comes in and goes out: marshmallow schemas, and the YAML of a plugin."""
