"""What a run's figures say, as a document, a table and a picture. Pure, but for writing the picture."""
