"""Files, Arrow schemas, models, the ledger of a shard and the manifest of a build."""
