//! How the indentation of an answer becomes that of the file: one rule for all lines of a block, or none.

/// From an answer's indentation to the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Indent {
    /// They are the same.
    Same,
    /// Every line of the file has this in front.
    Deeper(String),
    /// Every line of the answer has this in front.
    Shallower(String),
    /// Levels are written otherwise: so many blanks (or one tab, 0) of the answer are this in the file, and the file is
    /// so many levels deeper.
    Levels {
        /// Width of a level in the answer, in blanks; 0: a tab.
        from: usize,
        /// A level in the file.
        to: String,
        /// How much deeper the file is, in levels.
        deeper: isize,
    },
}

impl Indent {
    /// The rule that leads from each of these lines to its line of the file, blank ones aside; `None`: there is none.
    pub(super) fn learn<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Indent> {
        let pairs: Vec<(&str, &str)> = pairs
            .filter(|(answer, _)| !answer.trim().is_empty())
            .map(|(answer, file)| (of(answer), of(file)))
            .collect();
        let Some(&(answer, file)) = pairs.first() else {
            return Some(Indent::Same);
        };
        if pairs.iter().all(|(answer, file)| answer == file) {
            return Some(Indent::Same);
        }
        if let Some(front) = file.strip_suffix(answer)
            && pairs
                .iter()
                .all(|(answer, file)| file.strip_prefix(front) == Some(answer))
        {
            return Some(Indent::Deeper(front.to_owned()));
        }
        if let Some(front) = answer.strip_suffix(file)
            && pairs
                .iter()
                .all(|(answer, file)| answer.strip_prefix(front) == Some(file))
        {
            return Some(Indent::Shallower(front.to_owned()));
        }
        None
    }

    /// The rule for answers that write levels otherwise: blanks for tabs, two blanks for four. `others` are lines that
    /// come; they help to tell how wide a level is.
    pub(super) fn learn_levels<'a>(
        pairs: impl Iterator<Item = (&'a str, &'a str)>,
        others: impl Iterator<Item = &'a str>,
    ) -> Option<Indent> {
        let pairs: Vec<(&str, &str)> = pairs
            .filter(|(answer, _)| !answer.trim().is_empty())
            .map(|(answer, file)| (of(answer), of(file)))
            .collect();
        let others = others.filter(|it| !it.trim().is_empty()).map(of);
        let answers: Vec<&str> = pairs.iter().map(|it| it.0).chain(others).collect();
        let files: Vec<&str> = pairs.iter().map(|it| it.1).collect();
        let from = unit(&answers)?;
        let unit_of_file = unit(&files)?;
        let to = match unit_of_file {
            0 => "\t".to_owned(),
            it => " ".repeat(it),
        };
        let mut deeper = None;
        for (answer, file) in pairs {
            let answer = level(answer, from)?;
            let file = level(file, unit_of_file)?;
            let by = file as isize - answer as isize;
            if *deeper.get_or_insert(by) != by {
                return None;
            }
        }
        Some(Indent::Levels {
            from,
            to,
            deeper: deeper?,
        })
    }

    /// A line of the answer as the file has it. `None`: it is less indented than the rule can bear.
    pub(super) fn apply(&self, line: &str) -> Option<String> {
        if line.trim().is_empty() {
            // Nobody wants blanks on blank lines, unless that is what was written.
            return Some(match self {
                Indent::Same => line.to_owned(),
                _ => String::new(),
            });
        }
        Some(match self {
            Indent::Same => line.to_owned(),
            Indent::Deeper(front) => format!("{front}{line}"),
            Indent::Shallower(front) => line.strip_prefix(front.as_str())?.to_owned(),
            Indent::Levels { from, to, deeper } => {
                let indent = of(line);
                let (level, rest) = match from {
                    0 => {
                        let tabs = indent.bytes().take_while(|it| *it == b'\t').count();
                        (tabs, &indent[tabs..])
                    }
                    _ if indent.contains('\t') => return None,
                    &from => {
                        let level = indent.len() / from;
                        (level, &indent[level * from..])
                    }
                };
                let level = usize::try_from(level as isize + deeper).ok()?;
                format!("{}{rest}{}", to.repeat(level), &line[indent.len()..])
            }
        })
    }
}

/// The blanks and tabs that a line starts with.
pub(super) fn of(line: &str) -> &str {
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// How wide a level is, in blanks; 0: a tab. `None`: they are mixed, or nothing is indented.
fn unit(indents: &[&str]) -> Option<usize> {
    if indents.iter().all(|it| it.bytes().all(|it| it == b'\t')) {
        return indents.iter().any(|it| !it.is_empty()).then_some(0);
    }
    if !indents.iter().all(|it| it.bytes().all(|it| it == b' ')) {
        return None;
    }
    let gcd = indents.iter().fold(0, |all, it| gcd(all, it.len()));
    (gcd > 1).then_some(gcd)
}

fn level(indent: &str, unit: usize) -> Option<usize> {
    match unit {
        0 => Some(indent.len()),
        _ if indent.len() % unit == 0 => Some(indent.len() / unit),
        _ => None,
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learn(pairs: &[(&str, &str)]) -> Option<Indent> {
        Indent::learn(pairs.iter().copied())
    }

    #[test]
    fn a_uniform_shift_is_learned_and_applied_to_what_comes() {
        let deeper = learn(&[("a", "    a"), ("", ""), ("  b", "      b")]).unwrap();
        assert_eq!(deeper.apply("  c").unwrap(), "      c");
        assert_eq!(deeper.apply("").unwrap(), "");
        let shallower = learn(&[("    a", "a"), ("      b", "  b")]).unwrap();
        assert_eq!(shallower.apply("    c").unwrap(), "c");
        assert_eq!(shallower.apply("  c"), None);
        assert_eq!(learn(&[("a", "  a"), ("b", "    b")]), None);
    }

    #[test]
    fn blanks_become_tabs_level_by_level() {
        let pairs = [("    a", "\ta"), ("        b", "\t\tb")];
        let levels = Indent::learn_levels(pairs.into_iter(), ["            c"].into_iter());
        assert_eq!(levels.unwrap().apply("            c").unwrap(), "\t\t\tc");
        let pairs = [("a", "    a"), ("  b", "        b")];
        let levels = Indent::learn_levels(pairs.into_iter(), [].into_iter()).unwrap();
        assert_eq!(levels.apply("    c").unwrap(), "            c");
    }
}
