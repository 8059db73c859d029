"""The checks that compare a teacher's reply with the document: one check a file, joined in `chain`."""
