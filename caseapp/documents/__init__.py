"""Legal documents: drafted from facts into one closed block model, printed and checked from that model.

`draft(load(kind), facts)` gives a `DocumentModel`; `to_pdf`, `to_docx`, `to_text`, `compare` and `check` are functions
of it. A kind of document is a folder under `templates/` and nothing else.
"""
