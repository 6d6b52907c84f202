//! Dates, weekdays and years.
