"""Reads and writes everything on disk: files, tables, leases, shard reports and manifests; also resolves models."""
