"""From a quote's situation to the effect of its charge; renewals, recharges, refunds, disputes."""
