//! The text of one block: emphasis, code, links, and what is cited in it.

use super::ink::{CODE, FAINT, LINK, PLAIN};
use super::links::{Links, has_user, is_address, says_where, spelled};
use crate::cli::terminal::text::{Link, Span};
use anstyle::Style;
use pulldown_cmark::{Event, Tag, TagEnd};

/// Collects the events of one block.
#[derive(Debug)]
pub(super) struct Inline {
    /// What the block's text looks like.
    base: Style,
    spans: Vec<Span>,
    n_strong: usize,
    n_emphasis: usize,
    n_struck: usize,
    /// Open links and images: where they lead, what was written, and where their text begins.
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    url: Option<Link>,
    written: String,
    first: usize,
    image: bool,
}

impl Inline {
    /// For a block whose text looks so.
    pub(super) fn new(base: Style) -> Inline {
        Inline {
            base,
            spans: Vec::new(),
            n_strong: 0,
            n_emphasis: 0,
            n_struck: 0,
            open: Vec::new(),
        }
    }

    /// What was collected.
    pub(super) fn into_spans(self) -> Vec<Span> {
        self.spans
    }

    /// Takes an event that belongs inside a block.
    pub(super) fn take(&mut self, event: &Event, links: &Links) {
        match event {
            Event::Start(Tag::Emphasis) => self.n_emphasis += 1,
            Event::End(TagEnd::Emphasis) => self.n_emphasis = self.n_emphasis.saturating_sub(1),
            Event::Start(Tag::Strong) => self.n_strong += 1,
            Event::End(TagEnd::Strong) => self.n_strong = self.n_strong.saturating_sub(1),
            Event::Start(Tag::Strikethrough) => self.n_struck += 1,
            Event::End(TagEnd::Strikethrough) => self.n_struck = self.n_struck.saturating_sub(1),
            Event::Start(Tag::Link { dest_url, .. }) => self.opens(dest_url, links, false),
            Event::Start(Tag::Image { dest_url, .. }) => self.opens(dest_url, links, true),
            Event::End(TagEnd::Link | TagEnd::Image) => self.closes(links),
            Event::Text(text) => self.text(text, links),
            Event::Code(code) => self.code(code, links),
            Event::SoftBreak => self.add(" ", self.style()),
            Event::HardBreak => self.add("\n", self.style()),
            Event::InlineHtml(html) if html.to_ascii_lowercase().starts_with("<br") => {
                self.add("\n", self.style());
            }
            Event::InlineHtml(html) | Event::Html(html) => self.add(html, self.style()),
            Event::FootnoteReference(name) => self.add(&format!("[^{name}]"), self.style()),
            Event::InlineMath(math) | Event::DisplayMath(math) => self.add(math, self.style()),
            _ => {}
        }
    }

    fn style(&self) -> Style {
        let mut style = self.base;
        if self.n_strong > 0 {
            style = style.bold();
        }
        if self.n_emphasis > 0 {
            style = style.italic();
        }
        if self.n_struck > 0 {
            style = style.strikethrough();
        }
        style
    }

    /// Adds text as it is, within a link if one is open.
    fn add(&mut self, text: &str, style: Style) {
        let link = self.open.last().and_then(|it| it.url.clone());
        self.add_linked(text, style, link);
    }

    fn add_linked(&mut self, text: &str, style: Style, link: Option<Link>) {
        self.spans.push(Span::new(text, style).with_link(link));
    }

    /// Words that cite a place in a file become links.
    fn text(&mut self, text: &str, links: &Links) {
        if !self.open.is_empty() {
            let style = match self.style() {
                it if it == self.base => LINK,
                it => it.underline(),
            };
            return self.add(text, style);
        }
        let mut plain_from = 0;
        let mut at = 0;
        for word in text.split_inclusive([' ', '\n', '\u{a0}']) {
            let inner =
                word.trim_matches(|it: char| it.is_whitespace() || "()[]{}<>,.;'\"*".contains(it));
            if let Some(url) = links.citation(inner) {
                // `inner` is a part of `word`, which is a part of `text`.
                let start = at + word.find(inner).unwrap_or(0);
                self.add(&text[plain_from..start], self.style());
                self.add_linked(inner, self.style(), Some(url));
                plain_from = start + inner.len();
            }
            at += word.len();
        }
        self.add(&text[plain_from..], self.style());
    }

    fn code(&mut self, code: &str, links: &Links) {
        let outer = self.open.last().and_then(|it| it.url.clone());
        let link = outer.or_else(|| links.citation(code));
        let mut style = self.base.fg_color(CODE.get_fg_color());
        if self.n_strong > 0 {
            style = style.bold();
        }
        self.add_linked(code, style, link);
    }

    fn opens(&mut self, destination: &str, links: &Links, image: bool) {
        self.open.push(Open {
            url: links.destination(destination),
            written: destination.to_owned(),
            first: self.spans.len(),
            image,
        });
        if image {
            self.add("image: ", FAINT);
        }
    }

    /// The address is spelled out where the terminal can't follow it, and where the text names another one.
    fn closes(&mut self, links: &Links) {
        let Some(open) = self.open.pop() else {
            return;
        };
        let text: String = self.spans[open.first..]
            .iter()
            .map(|it| it.text())
            .collect();
        // Paths that the text cites anyway, and places in documents, say nothing more.
        let is_address = is_address(&open.written);
        let unseen = is_address && (!links.enabled() || open.image || open.url.is_none());
        let misleads = is_address || open.url.is_some();
        let shown = match says_where(&text, &open.written) {
            Some(true) => false,
            // It names one place and leads to another.
            Some(false) => misleads,
            None => unseen || has_user(&open.written),
        };
        if shown {
            self.add_linked(&format!(" ({})", spelled(&open.written)), FAINT, open.url);
        }
    }
}

/// Spans of plain text, for blocks that are shown as they are written.
pub(super) fn verbatim(text: &str, style: Style) -> Vec<Span> {
    vec![Span::new(text.trim_end(), style)]
}

/// Whether a span is no more than blanks.
pub(super) fn is_blank(spans: &[Span]) -> bool {
    spans.iter().all(|it| it.text().trim().is_empty())
}

/// The style of a heading of level 1 to 6.
pub(super) fn heading(level: usize) -> Style {
    match level {
        1 => PLAIN.bold().underline(),
        2 => PLAIN.bold(),
        _ => PLAIN.bold().italic(),
    }
}
