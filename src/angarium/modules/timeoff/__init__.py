"""Time off: who is away when, who decided so, and what a balance is made of."""
