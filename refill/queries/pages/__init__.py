"""What pages show: frozen records, read and never written."""
