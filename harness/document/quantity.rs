//! Sizes and durations as people write them.

use std::time::Duration;

use jiff::SignedDuration;

/// The GiB of a size such as `10GiB`, or what is wrong with it.
pub fn size_gib(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|character: char| !character.is_ascii_digit());
    let unit = text[digits.len()..].trim();
    let number: u64 = digits.parse().map_err(|_| format!("`{text}` is not a size"))?;
    let gib = match unit {
        "GiB" => Some(number),
        "TiB" => number.checked_mul(1024),
        "MiB" => number.is_multiple_of(1024).then_some(number / 1024),
        "" => return Err(format!("`{text}` has no unit")),
        "G" | "GB" | "gb" | "gib" | "Gib" | "g" => {
            return Err(format!("`{unit}` is not a unit here; write `{number}GiB`"));
        }
        _ => return Err(format!("`{unit}` is not a unit; write `GiB`")),
    };
    match gib {
        None => Err(format!("`{text}` is not a whole number of GiB")),
        Some(0) => Err("a volume has at least 1GiB".to_owned()),
        // What Cinder's database column can hold.
        Some(gib) if gib > i32::MAX as u64 => Err(format!("`{text}` is more than Cinder can hold")),
        Some(gib) => Ok(gib),
    }
}

/// The duration of a text such as `90s` or `2m`, or what is wrong with it.
pub fn duration(text: &str) -> Result<Duration, String> {
    let duration: SignedDuration = text.parse().map_err(|_| format!("`{text}` is not a duration"))?;
    let duration = Duration::try_from(duration).map_err(|_| format!("`{text}` is negative"))?;
    if duration.is_zero() {
        return Err("no time at all cannot be enough for anything".to_owned());
    }
    if duration > Duration::from_secs(24 * 60 * 60) {
        return Err(format!("`{text}` is more than a day"));
    }
    Ok(duration)
}

/// A duration as people write it.
pub fn words_of(duration: Duration) -> String {
    SignedDuration::try_from(duration).map_or_else(
        |_| format!("{}s", duration.as_secs()),
        |duration| format!("{duration:#}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_gib() {
        assert_eq!(size_gib("1GiB"), Ok(1));
        assert_eq!(size_gib("2048 MiB"), Ok(2));
        assert_eq!(size_gib("1TiB"), Ok(1024));
        for bad in [
            "",
            "GiB",
            "0GiB",
            "1",
            "1GB",
            "512MiB",
            "1.5GiB",
            "-1GiB",
            "99999999999999999999GiB",
            "16777216TiB",
            "1€",
        ] {
            assert!(size_gib(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_friendly_and_bounded() {
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert_eq!(duration("1m 30s"), Ok(Duration::from_secs(90)));
        assert_eq!(words_of(Duration::from_secs(120)), "2m");
        for bad in ["", "5", "-1s", "0s", "2d", "25h", "soon"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
