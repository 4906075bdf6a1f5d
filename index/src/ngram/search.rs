//! From estimates of one token to whole rests of lines: a beam search, and what follows the cursor has a say.

use super::confidence::{Habit, Signals};
use super::estimate::{Estimate, Estimator, ORDER};
use super::scope::has_lifetimes;
use super::tokens::{LINE_END, Piece, Pieces, Token, has_blank, is_text, token, unfinished, word};
use super::vocabulary::{OPAQUE, Vocabulary};
use super::{Guess, Query};

/// How many unfinished candidates are kept at each of the first steps,
const WIDTH: usize = 6;
/// which are so many,
const WIDE_STEPS: usize = 4;
/// and then.
const LATER_WIDTH: usize = 3;
/// No candidate is longer, in tokens.
const LONGEST: usize = 40;
/// A candidate less likely than this is given up.
const FLOOR: f32 = 1e-3;
/// How many finished candidates are judged by what follows the cursor.
const FINALISTS: usize = 8;
/// How many of these, from the best, may be sure.
const EXAMINED: usize = 3;
/// How many tokens after the cursor have a say,
const LOOK: usize = 6;
/// and how much. In new code it often says nothing: in the projects to which all is fitted, 0.6 and [`UNRELATED`] write
/// 3 % more of the rests there than 0.9 and no doubt, and lose some tenths of a percent in finished code.
const LOOK_WEIGHT: f32 = 0.6;
/// How much it would have, if it surely had to do with what comes at the cursor.
const RELATED_WEIGHT: f32 = 0.9;
/// How likely it is that what follows the cursor has nothing to do with what comes at the cursor.
const UNRELATED: f32 = 0.02;
/// Added to the share of a token after the cursor, so that one surprise decides nothing.
const SURPRISE: f32 = 1e-3;
/// Of the words that continue an unfinished one, so many of the most frequent are candidates.
const CONTINUATIONS: usize = 32;
/// Of more words than this that continue an unfinished one, the frequency is only looked up where that is cheap.
const MANY_WORDS: usize = 128;
/// And of more than this, only an even choice is looked at: one letter, or a quote, decides nothing anyway.
const MOST_WORDS: usize = 4000;
/// Once so many contexts have been looked up, only the best unfinished candidate goes on.
const BUDGET: usize = 1200;

/// What the search needs to know about the place of the cursor.
pub(super) struct Place<'a> {
    /// The tokens before the cursor, without the unfinished word.
    pub(super) context: Vec<Token>,
    /// The unfinished word or string at the cursor.
    unfinished: &'a str,
    /// Whether a blank is before the cursor, or before the unfinished word.
    blank: bool,
    /// Whether nothing but blanks is before the cursor, or the unfinished word, on its line.
    line_start: bool,
    /// Whether something follows the cursor on its line.
    infill: bool,
    /// The tokens after the cursor; at the end of a line, those after the line end.
    following: Vec<Token>,
    /// The rest of the cursor's line.
    rest: &'a str,
    /// The next line that is not blank, if the cursor's line is still to be written from its start.
    next_line: &'a str,
}

impl<'a> Place<'a> {
    /// Looks at the text around the cursor. `context`: tokens before `unfinished`.
    pub(super) fn of(query: &Query<'a>, vocabulary: &Vocabulary, context: Vec<Token>) -> Self {
        let lifetimes = has_lifetimes(query.path);
        let unfinished = unfinished(query.before, lifetimes);
        let before = &query.before[..query.before.len() - unfinished.len()];
        let line = before.rsplit('\n').next().unwrap_or("");
        let line_start = line.trim().is_empty();
        let rest = query.after.split('\n').next().unwrap_or("");
        let infill = !rest.trim().is_empty();
        let mut following: Vec<Token> = Pieces::within_line(query.after, lifetimes)
            .take(LOOK + 1)
            .map(|piece| match piece {
                Piece::Text(text, blank) => token(vocabulary.find(text).unwrap_or(OPAQUE), blank),
                Piece::Opaque(blank) => token(OPAQUE, blank),
                Piece::LineEnd => LINE_END,
            })
            .collect();
        if !infill && following.first() == Some(&LINE_END) {
            following.remove(0);
        }
        following.truncate(LOOK);
        Self {
            context,
            unfinished,
            blank: !line_start && line.ends_with([' ', '\t']),
            line_start,
            infill,
            following,
            rest: rest.trim(),
            next_line: if line_start && !infill {
                query.after.trim_start().lines().next().unwrap_or("").trim()
            } else {
                ""
            },
        }
    }

    /// The unfinished word at the cursor, with the blank before it.
    pub(super) fn unfinished_piece(&self) -> String {
        let blank = self.blank && !self.unfinished.is_empty();
        format!("{}{}", if blank { " " } else { "" }, self.unfinished)
    }

    /// Whether nothing is before the cursor, or the unfinished word, on its line.
    pub(super) fn starts_line(&self) -> bool {
        self.line_start
    }

    /// Whether a token can be the first of the rest.
    fn admits(&self, token: Token, vocabulary: &Vocabulary) -> bool {
        if self.unfinished.is_empty() {
            return if self.line_start {
                !has_blank(token) && token != LINE_END
            } else {
                !self.blank || has_blank(token)
            };
        }
        has_blank(token) == self.blank
            && is_text(token)
            && vocabulary.text(word(token)).starts_with(self.unfinished)
    }
}

/// A candidate: tokens after the context.
#[derive(Clone, Debug)]
struct Candidate {
    tokens: Vec<Token>,
    log: f32,
}

/// A finished candidate with its share of all, and what else tells how sure it is.
pub(super) struct Ranked {
    pub(super) text: String,
    pub(super) share: f32,
    pub(super) signals: Signals,
}

/// The likeliest rests of the line, best first. They may be empty, where nothing more is the likeliest.
pub(super) fn rank(
    place: &Place,
    estimator: &mut Estimator,
    vocabulary: &Vocabulary,
) -> Vec<Ranked> {
    let (finished, longest) = beam(place, estimator, vocabulary);
    let kept = finished.iter().map(|it| it.log.exp()).sum::<f32>().min(1.0);
    let own_sum: f32 = finished.iter().map(|it| it.log.exp()).sum();
    let agreements: Vec<f32> = finished
        .iter()
        .map(|it| agreement(place, estimator, it))
        .collect();
    // As if what follows the cursor surely had to do with what comes at the cursor.
    let related = |it: f32, agreement: f32| it + agreement * RELATED_WEIGHT;
    let most = std::iter::zip(&finished, &agreements)
        .map(|it| related(it.0.log, *it.1))
        .fold(f32::MIN, f32::max);
    let related_sum: f32 = std::iter::zip(&finished, &agreements)
        .map(|it| (related(it.0.log, *it.1) - most).exp())
        .sum();
    let best = agreements.iter().copied().fold(f32::MIN, f32::max);
    let mut scored: Vec<(f32, f32, Candidate)> = finished
        .into_iter()
        .zip(agreements)
        .map(|(it, agreement)| {
            let fits = ((agreement - best) * LOOK_WEIGHT).exp();
            let says = (UNRELATED + (1.0 - UNRELATED) * fits).ln();
            (it.log + says, agreement, it)
        })
        .collect();
    scored.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| a.2.tokens.cmp(&b.2.tokens))
    });
    let top = scored.first().map_or(0.0, |it| it.0);
    let sum: f32 = scored.iter().map(|it| (it.0 - top).exp()).sum();
    let mut ranked: Vec<Ranked> = Vec::new();
    for (score, agreement, candidate) in scored {
        let text = text_of(place, vocabulary, &candidate.tokens);
        let share = (score - top).exp() / sum;
        let own_share = candidate.log.exp() / own_sum;
        let related_share = (related(candidate.log, agreement) - most).exp() / related_sum;
        match ranked.iter_mut().find(|it| it.text == text) {
            Some(same) => {
                same.share += share;
                same.signals.own_share += own_share;
                same.signals.related_share += related_share;
            }
            None => ranked.push(Ranked {
                text,
                share,
                signals: Signals {
                    share,
                    own_share,
                    related_share,
                    kept,
                    log: candidate.log,
                    agreement: agreement / place.following.len().max(1) as f32,
                    n_tokens: candidate.tokens.len(),
                    longest,
                    habit: if ranked.len() < EXAMINED {
                        habit(place, estimator, &candidate)
                    } else {
                        Habit::default()
                    },
                },
            }),
        }
    }
    for it in &mut ranked {
        it.signals.share = it.share;
    }
    ranked
}

/// How well what follows the cursor continues a candidate, as a logarithm.
fn agreement(place: &Place, estimator: &mut Estimator, candidate: &Candidate) -> f32 {
    let mut context = context_of(place, &candidate.tokens);
    if !place.infill {
        context.push(LINE_END);
    }
    let mut estimate = Estimate::default();
    let mut log = 0.0;
    for &token in &place.following {
        estimator.estimate(tail(&context), &mut estimate);
        log += (estimate.share(token) + SURPRISE).ln();
        context.push(token);
    }
    log
}

/// What speaks for a candidate, token by token.
fn habit(place: &Place, estimator: &mut Estimator, candidate: &Candidate) -> Habit {
    let mut context = context_of(place, &[]);
    let end = if place.infill {
        place.following.first().copied().unwrap_or(LINE_END)
    } else {
        LINE_END
    };
    let mut supports = Vec::new();
    for &token in candidate.tokens.iter().chain([&end]) {
        supports.push(estimator.support(tail(&context), token));
        context.push(token);
    }
    Habit::of(&supports)
}

/// The likeliest candidates, and the length of the longest context at the cursor that was seen.
fn beam(
    place: &Place,
    estimator: &mut Estimator,
    vocabulary: &Vocabulary,
) -> (Vec<Candidate>, usize) {
    let mut estimate = Estimate::default();
    let mut longest = 0;
    let mut beam = vec![Candidate {
        tokens: Vec::new(),
        log: 0.0,
    }];
    let mut finished: Vec<(f32, Candidate)> = Vec::new();
    for step in 0..LONGEST {
        let mut grown: Vec<Candidate> = Vec::new();
        for candidate in &beam {
            let context = context_of(place, &candidate.tokens);
            estimator.estimate(tail(&context), &mut estimate);
            let mut ranked = if step == 0 {
                longest = estimate.longest;
                first_tokens(place, estimator, vocabulary, &estimate)
            } else {
                estimate.ranked()
            };
            if place.infill && step > 0 {
                // It may stop here: then what follows the cursor comes next.
                let next = place.following.first().copied().unwrap_or(LINE_END);
                let promise = candidate.log + (estimate.share(next) + SURPRISE).ln();
                finished.push((promise, candidate.clone()));
            }
            ranked.truncate(WIDTH);
            for (token, share) in ranked {
                let log = candidate.log + share.ln();
                if log < FLOOR.ln() || !(is_text(token) || token == LINE_END) {
                    continue;
                }
                if token == LINE_END {
                    if !place.infill {
                        finished.push((
                            log,
                            Candidate {
                                tokens: candidate.tokens.clone(),
                                log,
                            },
                        ));
                    }
                    continue;
                }
                let mut tokens = candidate.tokens.clone();
                tokens.push(token);
                grown.push(Candidate { tokens, log });
            }
        }
        grown.sort_by(|a, b| {
            b.log
                .total_cmp(&a.log)
                .then_with(|| a.tokens.cmp(&b.tokens))
        });
        grown.truncate(match step {
            _ if estimator.n_contexts() > BUDGET => 1,
            0..WIDE_STEPS => WIDTH,
            _ => LATER_WIDTH,
        });
        if grown.is_empty() {
            break;
        }
        beam = grown;
    }
    finished.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| a.1.tokens.cmp(&b.1.tokens))
    });
    finished.truncate(FINALISTS);
    (finished.into_iter().map(|it| it.1).collect(), longest)
}

/// What the rest may start with, and how likely: what fits the unfinished word, or the blank before the cursor.
fn first_tokens(
    place: &Place,
    estimator: &mut Estimator,
    vocabulary: &Vocabulary,
    estimate: &Estimate,
) -> Vec<(Token, f32)> {
    let mut ranked = estimate.ranked();
    ranked.retain(|it| place.admits(it.0, vocabulary));
    if !place.unfinished.is_empty() {
        // Words never seen here share, by how often they occur, what the contexts leave.
        let mut others: Vec<(Token, f32)> = Vec::new();
        let mut words = Vec::new();
        vocabulary.starting_with(place.unfinished, MOST_WORDS, &mut |it| words.push(it));
        let roughly = words.len() > MANY_WORDS;
        for it in words {
            let frequency = estimator.frequency(token(it, place.blank), roughly)
                + 0.5 * estimator.frequency(token(it, !place.blank), roughly);
            if frequency > 0.0 {
                others.push((token(it, place.blank), frequency));
            }
        }
        let by_frequency =
            |a: &(Token, f32), b: &(Token, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if others.len() > CONTINUATIONS {
            others.select_nth_unstable_by(CONTINUATIONS, by_frequency);
        }
        let sum: f32 = others.iter().map(|it| it.1).sum::<f32>() + 1.0;
        let left = (1.0 - estimate.shares.values().sum::<f32>()).max(1e-4) * 0.1;
        for (token, frequency) in others.into_iter().take(CONTINUATIONS) {
            let share = left * frequency / sum;
            match ranked.iter_mut().find(|it| it.0 == token) {
                Some(known) => known.1 += share,
                None => ranked.push((token, share)),
            }
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    }
    let sum: f32 = ranked.iter().map(|it| it.1).sum();
    if sum > 0.0 {
        ranked.iter_mut().for_each(|it| it.1 /= sum);
    }
    ranked
}

/// The last tokens before the next one.
fn context_of(place: &Place, tokens: &[Token]) -> Vec<Token> {
    let mut context = Vec::with_capacity(ORDER + tokens.len() + LOOK + 1);
    context.extend_from_slice(tail(&place.context));
    context.extend_from_slice(tokens);
    context
}

fn tail(tokens: &[Token]) -> &[Token] {
    &tokens[tokens.len().saturating_sub(ORDER)..]
}

/// What is to be inserted at the cursor.
fn text_of(place: &Place, vocabulary: &Vocabulary, tokens: &[Token]) -> String {
    let mut text = String::new();
    for (at, &token) in tokens.iter().enumerate() {
        let word = vocabulary.text(word(token));
        if at == 0 && !place.unfinished.is_empty() {
            text.push_str(word.strip_prefix(place.unfinished).unwrap_or(""));
            continue;
        }
        if has_blank(token) && !(at == 0 && place.blank) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// The candidates as guesses, without what is empty or stands after the cursor already; with what they were judged by.
pub(super) fn guesses(place: &Place, ranked: Vec<Ranked>) -> Vec<(Guess, Signals)> {
    let is_there = |text: &str| {
        let next = place.next_line.strip_prefix(place.unfinished);
        place.infill && place.rest.starts_with(text.trim()) || next == Some(text.trim())
    };
    ranked
        .into_iter()
        .filter(|it| !it.text.trim().is_empty())
        .filter(|it| !is_there(&it.text))
        .map(|it| {
            let guess = Guess {
                confidence: it.signals.confidence(),
                text: it.text,
            };
            (guess, it.signals)
        })
        .collect()
}
