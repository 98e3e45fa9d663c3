"""All other calls, on django-ninja."""
