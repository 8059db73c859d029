"""The memory that training needs: predicted from a model's config, compared with measurements, and how to lower it."""
