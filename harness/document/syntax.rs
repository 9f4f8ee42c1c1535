//! What to do about a text that is no YAML: what people get wrong most often, seen from the lines around the fault.

/// Characters with which a text begins only in quotes.
const SPECIAL: [char; 7] = ['@', '`', '%', '*', '&', '!', '|'];

/// What to do about a fault of the syntax in a line, counted from 1.
pub(super) fn help(text: &str, line: usize) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let index = line.saturating_sub(1).min(lines.len().saturating_sub(1));
    let here = *lines.get(index)?;
    let above = lines[..index].iter().rfind(|line| !bare(line).is_empty()).copied();
    let is_tabbed = |line: &&str| line.trim_start_matches(' ').starts_with('\t');
    if let Some(tabbed) = lines.iter().take(index + 1).position(is_tabbed) {
        return Some(format!(
            "line {} begins with a tab; YAML wants blanks, such as two a level",
            tabbed + 1
        ));
    }
    // The fault may be seen only in the line after the one that has it.
    for line in [Some(here), above].into_iter().flatten() {
        let plain = bare(line);
        if plain.matches('"').count() % 2 == 1 {
            return Some("a quote `\"` is opened and not closed".to_owned());
        }
        if let Some(begin) = plain.find("${").filter(|begin| plain[..*begin].contains('{')) {
            let name: String = plain[begin..]
                .chars()
                .take_while(|character| *character != '}')
                .collect();
            return Some(format!("within `{{ … }}` a variable needs quotes: `\"{name}}}\"`"));
        }
        if plain.matches('{').count() != plain.matches('}').count() {
            return Some("each `{` needs its `}`, and a `,` stands between two fields".to_owned());
        }
        let value = plain.split_once(": ").map(|(_, value)| value.trim_start());
        if let Some(first) = value
            .and_then(|value| value.chars().next())
            .filter(|first| SPECIAL.contains(first))
            && value.is_some_and(|value| value.len() > 2)
        {
            return Some(format!("a text that begins with `{first}` needs quotes"));
        }
        if value.is_some_and(|value| value.contains(": ") && !value.contains(['{', '"', '\''])) {
            return Some("a text that holds a colon and a blank needs quotes: `summary: \"One: two\"`".to_owned());
        }
        if !plain.contains(':') && !plain.is_empty() {
            let word = plain
                .trim_start_matches("- ")
                .split_whitespace()
                .next()
                .unwrap_or_default();
            return Some(format!("a colon and a blank follow each key: `{word}: …`"));
        }
    }
    indented(&lines[..index], here)
}

/// A line without what is in quotes and in comments, and without blanks around it.
fn bare(line: &str) -> String {
    let mut bare = String::new();
    for (index, piece) in line.split('"').enumerate() {
        // What is between two quotes is a text.
        bare.push_str(if index % 2 == 0 { piece } else { "" });
        bare.push('"');
    }
    bare.pop();
    let code = match bare.find('#') {
        Some(0) => "",
        Some(at) if bare[..at].ends_with(' ') => &bare[..at],
        _ => &bare,
    };
    code.trim().to_owned()
}

/// A line that is indented as none that it could go on from.
fn indented(above: &[&str], here: &str) -> Option<String> {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mine = depth(here);
    let mut open: Vec<usize> = Vec::new();
    for line in above.iter().filter(|line| !bare(line).is_empty()) {
        let trimmed = line.trim_start_matches(' ');
        let at = depth(line);
        open.retain(|column| *column < at);
        open.push(at);
        if trimmed.starts_with("- ") {
            open.push(at + 2);
        }
    }
    if open.contains(&mine) {
        return None;
    }
    let columns: Vec<String> = open.iter().map(ToString::to_string).collect();
    Some(format!(
        "this line is indented by {mine}; the groups that it could belong to are indented by {}",
        columns.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_lines_are_looked_at_without_a_fault() {
        for text in ["", "\n", "\"", "a\n\n b", "- - -", "#", "é: {", "\t", "a: @\nb: c: d"] {
            for line in 0..5 {
                help(text, line);
            }
        }
    }
}
