"""Use cases: one public function, one transaction (or one three-phase saga)."""
