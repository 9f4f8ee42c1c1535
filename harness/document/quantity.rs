//! Sizes and durations as people write them.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;
use serde::{Serialize, Serializer};

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
        return Err("a duration must be more than 0".to_owned());
    }
    if duration > Duration::from_secs(24 * 60 * 60) {
        return Err(format!("`{text}` is more than a day"));
    }
    Ok(duration)
}

/// How many records a writer is to write at most in a second.
const FASTEST: u32 = 1000;

/// How often something is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rate {
    /// So many times a second.
    PerSecond(u32),
    /// As often as it goes.
    Maximum,
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rate::PerSecond(times) => write!(formatter, "{times}/s"),
            Rate::Maximum => formatter.write_str("max"),
        }
    }
}

/// The rate of a text such as `10/s` or `max`, or what is wrong with it.
pub(crate) fn rate(text: &str) -> Result<Rate, String> {
    if text == "max" {
        return Ok(Rate::Maximum);
    }
    let times = text.strip_suffix("/s").map(str::trim_end);
    let times = times.filter(|times| times.bytes().all(|byte| byte.is_ascii_digit()));
    match times.and_then(|times| times.parse().ok()) {
        None => Err(format!("`{text}` is not a rate")),
        Some(0) => Err("a rate must be more than 0".to_owned()),
        Some(times) if times > FASTEST => Err(format!("`{text}` is more than {FASTEST}/s")),
        Some(times) => Ok(Rate::PerSecond(times)),
    }
}

/// How much of what was acknowledged may be lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// Nothing.
    Nothing,
    /// What was acknowledged in so much time.
    Within(Duration),
    /// Any: it is only measured.
    Any,
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::Nothing => formatter.write_str("0"),
            Loss::Within(duration) => formatter.write_str(&words_of(*duration)),
            Loss::Any => formatter.write_str("report"),
        }
    }
}

/// The loss of a text such as `0`, `30s` or `report`, or what is wrong with it.
pub(crate) fn loss(text: &str) -> Result<Loss, String> {
    match text {
        "0" | "0s" => Ok(Loss::Nothing),
        "report" => Ok(Loss::Any),
        other => duration(other).map(Loss::Within),
    }
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
    fn rates_and_losses_are_bounded() {
        assert_eq!(rate("10/s"), Ok(Rate::PerSecond(10)));
        assert_eq!(rate("max"), Ok(Rate::Maximum));
        for bad in [
            "",
            "10",
            "0/s",
            "-1/s",
            "+1/s",
            "1.5/s",
            "1001/s",
            "99999999999/s",
            "10/m",
            "/s",
            "fast",
        ] {
            assert!(rate(bad).is_err(), "{bad}");
        }
        assert_eq!(loss("0"), Ok(Loss::Nothing));
        assert_eq!(loss("0s"), Ok(Loss::Nothing));
        assert_eq!(loss("30s"), Ok(Loss::Within(Duration::from_secs(30))));
        assert_eq!(loss("report"), Ok(Loss::Any));
        for bad in ["", "1", "-1s", "none", "25h"] {
            assert!(loss(bad).is_err(), "{bad}");
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
