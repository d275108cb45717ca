"""What every feature may use: records, the note format, text, schedules and network access."""
