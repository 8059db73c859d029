"""Files, Arrow schemas, models, the ledger of a unit and the manifest of a build."""
