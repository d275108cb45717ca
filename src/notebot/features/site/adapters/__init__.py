"""The site's templates, and its folder."""
