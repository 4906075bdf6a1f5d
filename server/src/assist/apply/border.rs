//! Where an answer leaves something out, the file must go on as it did: what stands before the first line behind a gap, and
//! after the last line before one, stays its neighbour, and neither stands in the file twice afterwards.
//!
//! Whatever way the answer was merged in, this holds of the result, or the answer is refused.

/// The first line that is torn from its neighbours or doubled; `None`: all hold. `gaps` says of each line of the answer
/// whether it leaves something out.
pub(super) fn torn<'a>(
    before: &[&str],
    after: &[&str],
    answer: &'a [String],
    gaps: &[bool],
) -> Option<&'a str> {
    let (before, after) = (said(before), said(after));
    let (before_backwards, after_backwards) = (backwards(&before), backwards(&after));
    let mut parts: Vec<&[String]> = Vec::new();
    let mut start = 0;
    for (at, _) in gaps.iter().enumerate().filter(|it| *it.1) {
        parts.push(&answer[start..at]);
        start = at + 1;
    }
    parts.push(&answer[start..]);
    for (n, part) in parts.iter().enumerate() {
        let lines: Vec<&str> = part
            .iter()
            .map(|it| it.trim())
            .filter(|it| !it.is_empty())
            .collect();
        if n > 0
            && let Some(first) = lines.first()
            && !holds(&before, &after, first, lines.get(1).copied())
        {
            return part.iter().map(|it| it.trim()).find(|it| it == first);
        }
        let last = lines.last().filter(|_| n + 1 < parts.len());
        let before_last = lines.len().checked_sub(2).map(|it| lines[it]);
        if let Some(last) = last
            && !holds(&before_backwards, &after_backwards, last, before_last)
        {
            return part.iter().map(|it| it.trim()).find(|it| it == last);
        }
    }
    None
}

fn backwards<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    lines.iter().rev().copied().collect()
}

fn said<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let lines = lines.iter().map(|it| it.trim());
    lines.filter(|it| !it.is_empty()).collect()
}

/// Whether a line behind a gap stands where it stood: `next` follows it in the answer.
fn holds(before: &[&str], after: &[&str], line: &str, next: Option<&str>) -> bool {
    let places = |of: &[&str]| {
        let same = of.iter().enumerate().filter(|it| *it.1 == line);
        same.map(|it| it.0).collect::<Vec<_>>()
    };
    match (places(before).as_slice(), places(after).as_slice()) {
        // It is new, or brackets that say nothing.
        ([], _) => true,
        ([was], [is]) => {
            let neighbour = |of: &[&str], at: usize| at.checked_sub(1).map(|it| of[it].to_owned());
            neighbour(before, *was) == neighbour(after, *is)
        }
        ([_], _) => false,
        // There are several: with the line that follows it may be one again.
        _ => {
            let pairs = |of: &[&str]| {
                let pairs = of.windows(2);
                pairs
                    .filter(|it| it[0] == line && Some(it[1]) == next)
                    .count()
            };
            let n = pairs(before);
            n == 0 || pairs(after) <= n
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str, answer: &str, expected: Option<&str>) {
        let lines = |it: &str| it.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let (before, after, answer) = (lines(before), lines(after), lines(answer));
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let after: Vec<&str> = after.iter().map(String::as_str).collect();
        let gaps: Vec<bool> = answer.iter().map(|it| it == "…").collect();
        assert_eq!(torn(&before, &after, &answer, &gaps), expected);
    }

    #[test]
    fn what_is_left_out_stays_beside_what_is_shown() {
        check("a b c d e", "a b C d e", "… b C d …", None);
        check("a b c d e", "a b c d e f", "… e f", None);
        check("a b c", "a n b c", "a n …", None);
    }

    #[test]
    fn what_was_left_out_and_is_gone_is_noticed() {
        // `c` and `d` follow `b` no more.
        check("a b c d e", "a B b e", "a B b …", Some("b"));
        check("a b c d e", "a d E", "… d E", Some("d"));
    }

    #[test]
    fn what_is_put_somewhere_else_stands_there_twice() {
        check("a b c d e", "a b d E c d e", "… d E", Some("d"));
        check("x a b y a c", "x a c a b y a c", "x … a c", Some("a"));
    }
}
