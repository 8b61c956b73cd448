"""One closed block model, rendered to PDF, DOCX and text."""
