"""What was measured: records, the files that hold them, and the accepted ones."""
