"""What the treasurer hands in or checks: shift report, monthly data (LPJ), reconciliation. Reads only; no names."""
