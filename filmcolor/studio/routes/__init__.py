"""What pages may ask for; each route is one call of the public interface."""
