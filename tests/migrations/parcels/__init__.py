"""An app that an older release kept weights in, as text; it has migrations and no models."""
