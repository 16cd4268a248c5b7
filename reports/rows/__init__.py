"""Tables and pages of facts as lines of text, for programs: JSON Lines and CSV."""
