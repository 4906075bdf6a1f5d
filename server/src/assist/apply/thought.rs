//! What a model thought before it answered: never applied.

/// Tags that thoughts stand between.
const TAGS: &[&str] = &[
    "think",
    "thinking",
    "reasoning",
    "thought",
    "reflection",
    "scratchpad",
];

/// The answer with its thoughts emptied, line by line: what follows keeps its line number.
pub(super) fn without(text: &str) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut kept: Vec<&str> = lines.clone();
    let starts = |line: &str| {
        let line = line.trim_start();
        TAGS.iter().copied().find(|tag| {
            let rest = line.strip_prefix('<').and_then(|it| it.strip_prefix(tag));
            rest.is_some_and(|it| it.starts_with('>'))
        })
    };
    let mut at = 0;
    let mut fence: Option<super::fence::Open> = None;
    while at < lines.len() {
        let line = lines[at];
        if let Some(open) = &fence {
            if super::fence::open(line).is_some_and(|it| it.info.is_empty())
                && line.trim().len() >= 3
            {
                let marks: Vec<&str> = vec![line];
                if open.end(&marks, 0, false, |_| None).is_some() {
                    fence = None;
                }
            }
            at += 1;
            continue;
        }
        if let Some(tag) = starts(line) {
            let close = format!("</{tag}>");
            let end = (at..lines.len()).find(|it| lines[*it].contains(&close));
            for (line, kept) in lines[at..]
                .iter()
                .zip(&mut kept[at..])
                .take(end.map_or(lines.len(), |it| it - at))
            {
                let _ = line;
                *kept = "";
            }
            match end {
                Some(end) => {
                    let behind = lines[end].find(&close).map_or(0, |it| it + close.len());
                    kept[end] = lines[end][behind..].trim_start();
                    at = end + 1;
                }
                None => at = lines.len(),
            }
            continue;
        }
        // Some templates swallow the first tag.
        let lone = TAGS.iter().any(|tag| line.trim() == format!("</{tag}>"));
        if lone {
            kept[..=at].fill("");
        }
        fence = super::fence::open(line);
        at += 1;
    }
    kept.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thoughts_go_and_lines_keep_their_numbers() {
        assert_eq!(
            without("<think>\na\n```\nb\n```\n</think>\nc\n"),
            "\n\n\n\n\n\nc\n"
        );
        assert_eq!(without("<think>a</think> b"), "b");
        assert_eq!(without("a\n</think>\nb"), "\n\nb");
        assert_eq!(without("<think>\nfor ever"), "\n");
    }

    #[test]
    fn code_about_thoughts_stays() {
        let text = "x.py\n```python\n<think>\n</think>\n```\n";
        assert_eq!(without(text), text);
    }
}
