"""Files, Arrow schemas, models and tokenizers, the ledger of a unit and the manifest of a build."""
