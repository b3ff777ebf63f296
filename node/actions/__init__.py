"""What a union does: one verb a file. An action never sees a request, the app or a template."""
