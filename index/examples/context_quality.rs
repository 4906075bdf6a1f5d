//! How often the context holds what is called next.
//!
//! In each project, calls to what is defined in exactly one other file and is not mentioned above the cursor other than
//! in imports; the text is cut right before the callee's name. Names that another of the projects calls without defining
//! them (`collect`, `append`) belong to a library in most cases, and don't count. Counted: the signature is among those
//! that fit into 1,500 and 4,000 bytes. The places are chosen by hash, the same ones in every run.
//!
//! `cargo run --release -p hob-index --example context_quality -- FOLDER…`

#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use hob_index::context::{self, Ask, Files, Source};
use hob_index::language::Language;
use hob_index::store::Index;
use hob_index::update::Control;
use hob_index::walk::{self, Patterns};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tree_sitter::{Node, Parser, Query, QueryCursor, StreamingIterator};

/// Places per project.
const PLACES: usize = 40;
/// Bytes of text before and after the cursor that are shown.
const BEFORE: usize = 16 * 1024;
const AFTER: usize = 4 * 1024;

/// Something that is called, and what for.
struct Place {
    path: String,
    language: &'static Language,
    offset: usize,
    name: String,
    /// The file that defines it.
    defined: String,
    /// The name stands above the cursor already.
    mentioned: bool,
    /// It is called on something: `x.name`, `x::name`.
    on: bool,
}

/// What was counted.
#[derive(Default)]
struct Counts {
    places: usize,
    within: [usize; 2],
    first: BTreeMap<Source, usize>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folders = std::env::args().skip(1);
    let mut tables: BTreeMap<&str, BTreeMap<String, Counts>> = BTreeMap::new();
    let mut times = Vec::new();
    let folders: Vec<String> = folders.collect();
    let mut projects = Vec::new();
    for folder in &folders {
        projects.push(Project::read(folder)?);
    }
    for project in &projects {
        let cache = tempfile::tempdir()?;
        let (index, _) = Index::open(&project.root, cache.path())?;
        index.update(&Patterns::default(), &Control::default(), |_| {})?;
        let searcher = index.searcher();
        let files = Files::new(searcher.files());
        let texts = &project.texts;
        let places = project.places(&projects);
        for place in &places {
            let text = &texts[place.path.as_str()];
            for variant in ["no rest", "rest", "start of line"] {
                let offset = match variant {
                    "start of line" => indented(text, place.offset),
                    _ => place.offset,
                };
                let after = match variant {
                    "rest" => window(text, line_end(text, place.offset), AFTER),
                    _ => "",
                };
                let ask = Ask {
                    path: &place.path,
                    language: Some(place.language),
                    imports: &[],
                    before: window_before(text, offset),
                    after,
                };
                let started = Instant::now();
                let ranked = context::rank(&searcher, &files, &ask);
                let found: Vec<Option<Source>> = [1500, 4000]
                    .into_iter()
                    .map(|budget| {
                        let chosen = context::choose(&ranked, budget);
                        let is_it = |it: &&context::Ranked| {
                            it.symbol.name == place.name
                                && (it.symbol.path == place.defined || place.language.id == "c")
                        };
                        chosen.iter().find(is_it).map(|it| it.source)
                    })
                    .collect();
                times.push(started.elapsed());
                let table = match place.mentioned {
                    false => variant,
                    true if variant == "rest" => "rest, named above",
                    true => continue,
                };
                let on = if place.on { "on something" } else { "bare" };
                for row in [place.language.id, on, "all"] {
                    let counts = tables
                        .entry(table)
                        .or_default()
                        .entry(row.to_owned())
                        .or_default();
                    counts.places += 1;
                    for (n, it) in found.iter().enumerate() {
                        counts.within[n] += usize::from(it.is_some());
                    }
                    if let Some(source) = found[1] {
                        *counts.first.entry(source).or_default() += 1;
                    }
                }
            }
        }
    }
    for (variant, rows) in &tables {
        println!(
            "\n{variant}: {} projects\n{:22} {:>6} {:>9} {:>9}",
            projects.len(),
            "",
            "places",
            "in 1,500",
            "in 4,000"
        );
        for (row, it) in rows {
            let percent = |n: usize| 100.0 * n as f32 / it.places.max(1) as f32;
            print!(
                "{row:22} {:>6} {:>7.1} % {:>7.1} %",
                it.places,
                percent(it.within[0]),
                percent(it.within[1])
            );
            match row.as_str() {
                "all" => println!("   by {:?}", it.first),
                _ => println!(),
            }
        }
    }
    times.sort();
    let at = |share: f32| {
        times
            .get((times.len() as f32 * share) as usize)
            .copied()
            .unwrap_or_default()
    };
    let in_ms = |it: Duration| it.as_secs_f32() * 1000.0;
    println!(
        "\n{} queries: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms",
        times.len(),
        in_ms(at(0.5)),
        in_ms(at(0.95)),
        in_ms(at(0.99))
    );
    Ok(())
}

/// A project's texts, and what they define and call.
struct Project {
    root: PathBuf,
    texts: BTreeMap<String, String>,
    /// The files that define a name.
    definitions: HashMap<String, BTreeSet<String>>,
    calls: Vec<(String, &'static Language, Vec<Call>)>,
    /// What is called, with the language.
    called: HashSet<(&'static str, String)>,
}

impl Project {
    fn read(folder: &str) -> Result<Project, Box<dyn std::error::Error>> {
        let root = std::path::absolute(folder)?;
        let mut project = Project {
            texts: BTreeMap::new(),
            definitions: HashMap::new(),
            calls: Vec::new(),
            called: HashSet::new(),
            root,
        };
        let mut miners = HashMap::new();
        for file in walk::files(&project.root).0 {
            let Ok(path) = file.path.strip_prefix(&project.root) else {
                continue;
            };
            let path = path.to_string_lossy().replace('\\', "/");
            let (Some(language), Ok(text)) = (
                Language::of_path(path.as_ref()),
                walk::read(&project.root, &file.path),
            ) else {
                continue;
            };
            let miner = miners
                .entry(language.id)
                .or_insert_with(|| Miner::new(language));
            let Some(miner) = miner else {
                continue;
            };
            let mined = miner.mine(&text);
            for name in mined.definitions {
                project
                    .definitions
                    .entry(name)
                    .or_default()
                    .insert(path.clone());
            }
            for call in &mined.calls {
                let name = text[call.offset..call.end].to_owned();
                project.called.insert((language.id, name));
            }
            project.calls.push((path.clone(), language, mined.calls));
            project.texts.insert(path, text);
        }
        Ok(project)
    }

    /// The calls that count, by hash.
    fn places(&self, all: &[Project]) -> Vec<Place> {
        let is_foreign = |language: &'static str, name: &str| {
            let call = (language, name.to_owned());
            all.iter().any(|it| {
                it.root != self.root
                    && it.called.contains(&call)
                    && !it.definitions.contains_key(name)
            })
        };
        let mut found = Vec::new();
        for (path, language, calls) in &self.calls {
            let text = &self.texts[path];
            let mut seen = HashSet::new();
            for call in calls {
                let name = &text[call.offset..call.end];
                let Some(files) = self.definitions.get(name) else {
                    continue;
                };
                let [defined] = files.iter().collect::<Vec<_>>()[..] else {
                    continue;
                };
                if defined == path
                    || name.len() < 3
                    || !seen.insert(name)
                    || is_foreign(language.id, name)
                {
                    continue;
                }
                let before = text[..call.offset].trim_end();
                found.push(Place {
                    path: path.clone(),
                    language,
                    offset: call.offset,
                    name: name.to_owned(),
                    defined: defined.clone(),
                    mentioned: words(&text[..call.offset], &call.imports).any(|it| it == name),
                    on: before.ends_with(['.', '>']) || before.ends_with("::"),
                });
            }
        }
        // By hash, so that every run and every machine has the same; a few that are named above are measured beside.
        found.sort_by_key(|it| {
            *blake3::hash(format!("{}:{}", it.path, it.name).as_bytes()).as_bytes()
        });
        let (named, new): (Vec<Place>, Vec<Place>) = found.into_iter().partition(|it| it.mentioned);
        new.into_iter()
            .take(PLACES)
            .chain(named.into_iter().take(PLACES / 4))
            .collect()
    }
}

/// Finds definitions and calls by the grammars' own tag queries.
struct Miner {
    parser: Parser,
    query: Query,
    is_c: bool,
}

struct Mined {
    definitions: Vec<String>,
    calls: Vec<Call>,
}

struct Call {
    offset: usize,
    end: usize,
    /// Where imports stand.
    imports: std::rc::Rc<Vec<std::ops::Range<usize>>>,
}

impl Miner {
    fn new(language: &'static Language) -> Option<Miner> {
        let script = "(function_declaration name: (identifier) @name) @definition.function
            (class_declaration name: (_) @name) @definition.class
            (method_definition name: (_) @name) @definition.method
            (lexical_declaration (variable_declarator name: (identifier) @name)) @definition.constant
            (call_expression function: (identifier) @name) @reference.call
            (call_expression function: (member_expression property: (_) @name)) @reference.call
            (new_expression constructor: (identifier) @name) @reference.class";
        let c = "(call_expression function: (identifier) @name) @reference.call";
        let query = match language.id {
            "rust" => format!(
                "{}\n(call_expression function: (scoped_identifier name: (identifier) @name)) @reference.call",
                tree_sitter_rust::TAGS_QUERY
            ),
            "python" => tree_sitter_python::TAGS_QUERY.to_owned(),
            "javascript" => tree_sitter_javascript::TAGS_QUERY.to_owned(),
            "typescript" => format!("{}\n{script}", tree_sitter_typescript::TAGS_QUERY),
            "go" => tree_sitter_go::TAGS_QUERY.to_owned(),
            "java" => tree_sitter_java::TAGS_QUERY.to_owned(),
            "c" => format!("{}\n{c}", tree_sitter_c::TAGS_QUERY),
            _ => return None,
        };
        let grammar = language.grammar?();
        let mut parser = Parser::new();
        parser.set_language(&grammar).ok()?;
        Some(Miner {
            query: Query::new(&grammar, &query).ok()?,
            parser,
            is_c: language.id == "c",
        })
    }

    fn mine(&mut self, text: &str) -> Mined {
        let mut mined = Mined {
            definitions: Vec::new(),
            calls: Vec::new(),
        };
        let Some(tree) = self.parser.parse(text, None) else {
            return mined;
        };
        let mut imports = Vec::new();
        imported(tree.root_node(), text, &mut imports);
        let imports = std::rc::Rc::new(imports);
        let names = self.query.capture_names();
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(&self.query, tree.root_node(), text.as_bytes());
        while let Some(it) = matches.next() {
            let capture = |part: &str| {
                let mut all = it.captures().iter();
                all.find(|it| names[it.index as usize].starts_with(part))
            };
            let Some(name) = capture("name").map(|it| it.node.byte_range()) else {
                continue;
            };
            if let Some(definition) = capture("definition") {
                // C declares in headers what it defines elsewhere.
                if !self.is_c || !is_prototype(definition.node) {
                    mined.definitions.push(text[name].to_owned());
                }
            } else if let Some(it) = capture("reference")
                && matches!(
                    names[it.index as usize],
                    "reference.call" | "reference.class"
                )
                && !imports.iter().any(|it| it.contains(&name.start))
            {
                mined.calls.push(Call {
                    offset: name.start,
                    end: name.end,
                    imports: imports.clone(),
                });
            }
        }
        mined.calls.sort_by_key(|it| it.offset);
        mined
    }
}

fn is_prototype(mut node: Node) -> bool {
    loop {
        match node.kind() {
            "function_definition" => return false,
            "declaration" | "compound_statement" | "parameter_list" => return true,
            _ => {}
        }
        match node.parent() {
            Some(it) => node = it,
            None => return false,
        }
    }
}

fn imported(node: Node, text: &str, found: &mut Vec<std::ops::Range<usize>>) {
    let requires = matches!(node.kind(), "lexical_declaration" | "variable_declaration")
        && text[node.byte_range()].contains("require(");
    let is_import = matches!(
        node.kind(),
        "use_declaration"
            | "import_statement"
            | "import_from_statement"
            | "import_declaration"
            | "preproc_include"
    );
    if requires || is_import {
        found.push(node.byte_range());
        return;
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        imported(child, text, found);
    }
}

/// The words of a text that do not stand in imports.
fn words<'a>(
    text: &'a str,
    imports: &'a [std::ops::Range<usize>],
) -> impl Iterator<Item = &'a str> {
    let start = text.as_ptr() as usize;
    text.split(|it: char| !it.is_alphanumeric() && it != '_')
        .filter(move |it| {
            let at = it.as_ptr() as usize - start;
            !imports.iter().any(|it| it.contains(&at))
        })
}

fn window_before(text: &str, offset: usize) -> &str {
    let mut start = offset.saturating_sub(BEFORE);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..offset]
}

fn window(text: &str, offset: usize, len: usize) -> &str {
    let mut end = (offset + len).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[offset..end]
}

fn line_end(text: &str, offset: usize) -> usize {
    text[offset..]
        .find('\n')
        .map_or(text.len(), |it| offset + it)
}

/// Where the line's text begins.
fn indented(text: &str, offset: usize) -> usize {
    let start = text[..offset].rfind('\n').map_or(0, |it| it + 1);
    let line = &text[start..offset];
    start + line.len() - line.trim_start().len()
}
