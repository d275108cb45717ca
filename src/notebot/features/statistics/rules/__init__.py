"""Pure counting."""
